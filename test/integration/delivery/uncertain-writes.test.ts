import { afterAll, beforeAll, expect } from 'vitest';
import type { Platform } from '../../../src/core/origin.ts';
import { promise } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, closeWellBehaved, faithful, settled } from './conversations.ts';
import { emptyBudgets } from './empty-budgets.ts';

const WORDS = `
projects: { default: {} }
assistants:
  words:
    model: { provider: scripted, tokens: 40, delay_ms: 25 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

let house: RelayService;
beforeAll(async () => {
  house = await startRelayService({
    config: WORDS,
    slack: { limits: false },
    discord: { limits: { global: { count: 1_000, windowMs: 1_000 } } },
  });
});
afterAll(() => closeWellBehaved(house));

/** What becomes of a call in a conversation: the same faults by each fake's own name. */
const FAULTS = {
  'accepted and never answered': { slack: 'answer-never', discord: 'accept-silence' },
  'accepted, and its connection cut': { slack: 'reset-after', discord: 'accept-reset' },
  'cut before it is taken': { slack: 'reset-before', discord: 'reset' },
} as const;

type Fault = keyof typeof FAULTS;

function strike(platform: Platform, place: string, call: 'post' | 'edit', fault: Fault): void {
  if (platform === 'slack') {
    house.slack.faults.api({
      method: call === 'post' ? 'chat.postMessage' : 'chat.update',
      when: ({ args }) => args['channel'] === place,
      do: { kind: FAULTS[fault].slack },
    });
    return;
  }
  const route = '/channels/:channel/messages';
  house.discord.fault({
    route: call === 'post' ? `POST ${route}` : `PATCH ${route}/:message`,
    when: ({ path }) => path.startsWith(`/channels/${place}/`),
    effect: { kind: FAULTS[fault].discord },
  });
}

/** Conversations at a time: their finals fit into one minute's budget. */
const AT_ONCE = 20;

const platforms = ['slack', 'discord'] as const;

for (const platform of platforms) {
  // The adapters wait 10 s for an answer: 35 s of silence are the same to them.
  const silence = `${platform}: a post that is accepted and never answered leaves one message`;
  promise(24, silence, { tries: 100, timeoutMs: 400_000 }, async ({ count, once }) => {
    await inBatches(count, () => once(() => uncertain(platform, 'post', 'accepted and never answered')));
  });

  for (const fault of ['accepted, and its connection cut', 'cut before it is taken'] as const) {
    for (const call of ['post', 'edit'] as const) {
      const cut = `${platform}: ${call} ${fault}: one message`;
      promise(24, cut, { tries: 20, timeoutMs: 90_000 }, async ({ count, once }) => {
        await inBatches(count, () => once(() => uncertain(platform, call, fault)));
      });
    }
  }
}

/** A few at a time, each time with all of the budgets. */
async function inBatches(count: number, each: () => Promise<void>): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    await emptyBudgets(house);
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - done) }, each));
  }
}

async function uncertain(platform: Platform, call: 'post' | 'edit', fault: Fault): Promise<void> {
  const talk = ask(house, platform, 'Hello?');
  strike(platform, platform === 'slack' ? talk.origin.channel : talk.origin.thread, call, fault);
  const end = await settled(house, talk, 60_000);
  const { got, wanted } = faithful(talk, end);
  expect(got).toEqual(wanted);
  expect(talk.shown()).toHaveLength(1);
}
