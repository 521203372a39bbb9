import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { size } from '../../fixtures/size.ts';
import { ask, faithful, settled } from './conversations.ts';

const FULL = process.env['FULL'] === '1';

let house: RelayService;
afterEach(async () => {
  await house.close();
});

const words = (tokens: number, delayMs: number) => `
projects: { default: {} }
assistants:
  words:
    model: { provider: scripted, tokens: ${tokens}, delay_ms: ${delayMs} }
slack: { answer: every_message }
discord: { answer: every_message }
`;

/**
 * At full size the streams are longer than Slack's window, so that finals find it as full as it ever is. In CI they fill
 * it just as far as the budget allows: one preview or final too many would be refused.
 */
test('30 concurrent streams against 50 edits a minute: no 429, and every final within 40 s', async () => {
  house = await startRelayService({ config: words(FULL ? 1_500 : 200, 50), discord: false });
  const { slack } = house;
  const talks = Array.from({ length: 30 }, () => ask(house, 'slack', 'Hello?'));
  const ends = await Promise.all(talks.map((talk) => settled(house, talk, 170_000)));
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
}, 200_000);

const RETRY_AFTER_S = FULL ? 3 : 1;
const route = '/channels/:channel/messages';

/**
 * One conversation at a time, so that a call which was under way when another was told to wait is not taken for an early
 * one. test/unit/workers/delivery obeys 30 s, 100 times, in virtual time.
 */
test.each(['slack', 'discord'] as const)(
  '%s: a Retry-After is obeyed to the second, by posts and by edits',
  async (platform) => {
    house = await startRelayService({ config: words(20, 20) });
    const { slack, discord } = house;
    const scopes = ['user', 'shared', 'global'] as const;
    for (let count = 0; count < size(100); count += 1) {
      const isPost = count % 2 === 0;
      slack.faults.clear();
      slack.faults.api({
        method: isPost ? 'chat.postMessage' : 'chat.update',
        do: { kind: 'rate-limit', retryAfter: RETRY_AFTER_S, scope: isPost ? 'channel' : 'method' },
      });
      const disarm = discord.fault({
        route: isPost ? `POST ${route}` : `PATCH ${route}/:message`,
        effect: {
          kind: 'rate-limit',
          retryAfterMs: RETRY_AFTER_S * 1_000 + 250,
          scope: scopes[count % 3] ?? 'user',
        },
      });
      const talk = ask(house, platform, 'Hello?');
      const { got, wanted } = faithful(talk, await settled(house, talk, 30_000));
      expect(got).toEqual(wanted);
      disarm();
    }
    const limited =
      platform === 'slack'
        ? slack.history.filter(({ outcome }) => outcome === 'rate-limited')
        : discord.history.filter(({ status }) => status === 429);
    expect(limited).toHaveLength(size(100));
    expect([...slack.violations, ...discord.violations]).toEqual([]);
  },
  FULL ? 900_000 : 90_000,
);

test('discord: a thread that has to wait makes no other thread wait', async () => {
  house = await startRelayService({ config: words(20, 20), slack: false });
  const { discord } = house;
  const waiting = ask(house, 'discord', 'Hello?');
  discord.fault({
    route: 'POST /channels/:channel/messages',
    when: ({ path }) => path.startsWith(`/channels/${waiting.origin.thread}/`),
    effect: { kind: 'rate-limit', retryAfterMs: 8_000, scope: 'user' },
  });
  await eventually(() => discord.history.some(({ status }) => status === 429) || null, 'one has to wait');
  const free = ask(house, 'discord', 'Hello?');
  await settled(house, free);
  expect(waiting.shown()).toEqual([]);
  await settled(house, waiting, 15_000);
  expect(waiting.shown()).toHaveLength(1);
  expect(discord.violations).toEqual([]);
}, 40_000);
