import { afterEach, expect, test } from 'vitest';
import { TIMINGS } from '../../../src/core/timings.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { isFullSize, promise, type Tries } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, faithful, settled } from './conversations.ts';

let house: RelayService | null = null;
afterEach(async () => {
  await house?.close();
  house = null;
});

const words = (tokens: number, delayMs: number) => `
projects: { default: {} }
assistants:
  words:
    model: { provider: scripted, tokens: ${tokens}, delay_ms: ${delayMs} }
slack: { answer: every_message }
discord: { answer: every_message }
`;

const STREAMS = 30;

/**
 * At full size the streams are longer than Slack's window, so that finals find it as full as it ever is. In CI they fill
 * it just as far as the budget allows: one preview or final too many would be refused.
 */
promise(21, '', { tries: STREAMS, timeoutMs: 200_000 }, async ({ passed }) => {
  const relay = (house = await startRelayService({
    config: words(isFullSize ? 1_500 : 200, 50),
    discord: false,
  }));
  const { slack } = relay;
  const talks = Array.from({ length: STREAMS }, () => ask(relay, 'slack', 'Hello?'));
  const ends = await Promise.all(talks.map((talk) => settled(relay, talk, 170_000)));
  for (const [index, talk] of talks.entries()) {
    const end = ends[index];
    if (end === undefined) throw new Error('a conversation without an end');
    const { got, wanted } = faithful(talk, end);
    expect(got).toEqual(wanted);
  }
  expect(slack.history.filter(({ outcome }) => outcome === 'rate-limited')).toEqual([]);
  expect(slack.violations).toEqual([]);
  const waits = ends.map(({ delivery, run }) => Number(delivery.finalAt) - Number(run.endedAt));
  expect(Math.max(...waits)).toBeLessThanOrEqual(40_000);
  // The minute was used for previews too, not only kept free for finals.
  expect(slack.callsOf('chat.update').length).toBeGreaterThan(40);
  passed(STREAMS, Math.max(...waits));
});

const RETRY_AFTER_S = isFullSize ? 30 : 1;
/** In CI one for each scope. */
const ROUNDS_A_HOUSE = isFullSize ? 5 : 3;
const route = '/channels/:channel/messages';
const scopes = ['user', 'shared', 'global'] as const;

/**
 * One conversation a platform at a time, so that a call which was under way when another was told to wait is not taken
 * for an early one; but many houses beside each other. test/unit/workers/delivery does it in virtual time.
 */
async function obeyInTurn(once: Tries['once']): Promise<void> {
  // Twenty houses on two cores: with quick timings, leases that run out while a house waits for its turn.
  const relay = await startRelayService({ config: words(20, 20), timings: TIMINGS });
  const { slack, discord } = relay;
  const limited = {
    slack: () => slack.history.filter(({ outcome }) => outcome === 'rate-limited'),
    discord: () => discord.history.filter(({ status }) => status === 429),
  };
  const answered = async (platform: 'slack' | 'discord', round: number) => {
    const talk = ask(relay, platform, 'Hello?');
    const { got, wanted } = faithful(talk, await settled(relay, talk, RETRY_AFTER_S * 1_000 + 60_000));
    expect(got).toEqual(wanted);
    expect(limited[platform]()).toHaveLength(round + 1);
    expect(relay[platform].violations).toEqual([]);
  };
  try {
    for (let round = 0; round < ROUNDS_A_HOUSE; round += 1) {
      const isPost = round % 2 === 0;
      slack.faults.api({
        method: isPost ? 'chat.postMessage' : 'chat.update',
        do: { kind: 'rate-limit', retryAfter: RETRY_AFTER_S, scope: isPost ? 'channel' : 'method' },
      });
      discord.fault({
        route: isPost ? `POST ${route}` : `PATCH ${route}/:message`,
        effect: {
          kind: 'rate-limit',
          retryAfterMs: RETRY_AFTER_S * 1_000 + 250,
          scope: scopes[round % 3] ?? 'user',
        },
      });
      await Promise.all([once(() => answered('slack', round)), once(() => answered('discord', round))]);
      slack.faults.clear();
    }
  } finally {
    await relay.close();
  }
}

const OBEYED = 'by posts and by edits of both platforms, in real time';
promise(22, OBEYED, { tries: 200, inCi: 6, timeoutMs: 400_000 }, async ({ count, once }) => {
  const houses = Math.ceil(count / 2 / ROUNDS_A_HOUSE);
  await Promise.all(Array.from({ length: houses }, () => obeyInTurn(once)));
});

test('discord: a thread that has to wait makes no other thread wait', async () => {
  const relay = (house = await startRelayService({ config: words(20, 20), slack: false }));
  const { discord } = relay;
  const waiting = ask(relay, 'discord', 'Hello?');
  discord.fault({
    route: 'POST /channels/:channel/messages',
    when: ({ path }) => path.startsWith(`/channels/${waiting.origin.thread}/`),
    effect: { kind: 'rate-limit', retryAfterMs: 5_000, scope: 'user' },
  });
  await eventually(() => discord.history.some(({ status }) => status === 429) || null, 'one has to wait');
  const free = ask(relay, 'discord', 'Hello?');
  await settled(relay, free);
  expect(waiting.shown()).toEqual([]);
  await settled(relay, waiting, 15_000);
  expect(waiting.shown()).toHaveLength(1);
  expect(discord.violations).toEqual([]);
}, 40_000);
