import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { TIMINGS } from '../../../src/core/timings.ts';
import type { Platform } from '../../../src/core/origin.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { isFullSize, promise } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, type Conversation, faithful, settled } from '../../integration/delivery/conversations.ts';
import { checkHistory } from '../checker/check-history.ts';
import type { FaultyProxy } from './faulty-proxy.ts';
import { type ProxiedStores, startProxiedStores, type StoreName } from './proxied-stores.ts';

const PLATFORMS = ['slack', 'discord'] as const;
/** Answers of about a second, so that every fault finds some half said. */
const CONFIG = `
projects: { default: {} }
limits: { runs_per_user_per_minute: 0 }
assistants:
  echo:
    model: { provider: scripted, reply: "You said: {{text}}", chunk: 3, delay_ms: 150 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

/** What the promise says: after this a new question is answered. */
const RECOVERY_MS = 30_000;
/** Leases of what was in hand run out, and Discord's events are tried again after up to 10 s. */
const REST_MS = 60_000;
/** Pause between two rounds of questions: what a hole of 30 s heaps up in ten services is what one process can work off. */
const ASK_EVERY_MS = 4_000;

/** Each strikes until the signal aborts. */
const FAULTS: {
  about: string;
  lastsMs: number;
  strike(proxy: FaultyProxy, over: AbortSignal): Promise<void>;
}[] = [
  {
    about: 'answers 1 s late',
    lastsMs: 20_000,
    strike: async (proxy) => proxy.delayAnswers(1_000),
  },
  {
    about: 'connections reset',
    lastsMs: 20_000,
    async strike(proxy, over) {
      for (let gap = 100; !over.aborted; gap = gap >= 1_500 ? 100 : gap * 2) {
        proxy.reset();
        await pause(gap, undefined, { signal: over }).catch(() => undefined);
      }
    },
  },
  {
    about: 'a black hole of 30 s',
    lastsMs: 30_000,
    strike: async (proxy) => proxy.swallow(),
  },
];

let stores: ProxiedStores;
beforeAll(async () => {
  stores = await startProxiedStores();
});
afterAll(() => stores.stop());

/** People ask in old and new threads until the signal aborts. */
async function keepAsking(house: RelayService, talks: Conversation[], over: AbortSignal): Promise<void> {
  for (let n = 0; !over.aborted; n += 1) {
    for (const platform of PLATFORMS) talks.push(ask(house, platform, `Question ${n}?`));
    for (const talk of talks.slice(0, PLATFORMS.length)) followUp(house, talk, `And ${n}?`);
    await pause(ASK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

function followUp({ slack, discord }: RelayService, { platform, origin }: Conversation, text: string): void {
  const { channel, thread } = origin;
  if (platform === 'slack') slack.say({ channel, threadTs: thread, user: slack.addUser().id, text });
  else discord.say({ channel: thread, user: discord.addUser(), text });
}

/** @throws when an invariant is broken, or when it is not well again in time. Resolves with the time it took. */
async function suffer(store: StoreName, fault: (typeof FAULTS)[number]): Promise<number> {
  const { proxy, ...place } = await stores.place(store);
  const house = await startRelayService({
    ...place,
    config: CONFIG,
    timings: TIMINGS,
    slack: { limits: false },
  });
  try {
    // Given answers that are being written
    const talks = PLATFORMS.map((platform) => ask(house, platform, 'A question before?'));
    await Promise.all(
      talks.map((talk) =>
        eventually(() => (talk.shown().length > 0 ? true : null), 'the answer has begun', 30_000),
      ),
    );
    // When the network between the service and its store is bad, and people go on asking
    const over = new AbortController();
    const asking = keepAsking(house, talks, over.signal);
    const striking = fault.strike(proxy, over.signal);
    await pause(fault.lastsMs);
    over.abort();
    await Promise.all([asking, striking]);
    proxy.heal();
    // Then a new question is answered soon after its end
    const healedAt = performance.now();
    const recovered = PLATFORMS.map(async (platform: Platform) => {
      const talk = ask(house, platform, 'All well again?');
      const { got, wanted } = faithful(talk, await settled(house, talk, RECOVERY_MS));
      expect(got).toEqual(wanted);
    });
    await Promise.all(recovered);
    const recoveredMs = performance.now() - healedAt;
    // And every acknowledged question has its one whole answer
    await comesToRest(house);
    return recoveredMs;
  } finally {
    proxy.heal();
    await house.close();
    await proxy.close();
  }
}

async function comesToRest(house: RelayService): Promise<void> {
  const check = () => checkHistory(house, { claimMayWaitMs: 10_000 });
  await eventually(
    async () => ((await check()).length === 0 ? true : null),
    'the history is as it must be',
    REST_MS,
  ).catch(() => undefined);
  expect(await check()).toEqual([]);
}

/** At full size ten services at once are what two cores carry; in CI all six, so that the longest fault is waited once. */
vi.setConfig({ maxConcurrency: isFullSize ? 2 : 6 });
const AT_ONCE = 5;

describe.concurrent('a bad network', () => {
  for (const store of ['MongoDB', 'Redis'] as const) {
    for (const fault of FAULTS) {
      promise(
        30,
        `${store} behind ${fault.about}: everything holds, and is well again within 30 s`,
        { tries: 10, timeoutMs: 240_000 },
        async ({ count, passed }) => {
          for (let left = count; left > 0; left -= AT_ONCE) {
            const houses = Array.from({ length: Math.min(left, AT_ONCE) }, () => suffer(store, fault));
            const times = await Promise.all(houses);
            passed(times.length, Math.max(...times));
          }
        },
      );
    }
  }
});
