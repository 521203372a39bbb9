import { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { type PrivateStore, startPrivateMongodb, startPrivateRedis } from '../../fixtures/private-stores.ts';
import { promise } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { withDatabase } from '../../fixtures/stores.ts';
import { ask, type Conversation, faithful, settled } from './conversations.ts';

const PLATFORMS = ['slack', 'discord'] as const;

const words = (tokens: number) => `
projects: { default: {} }
assistants:
  words:
    model: { provider: scripted, tokens: ${tokens}, delay_ms: 20 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

let house: RelayService;
let store: PrivateStore;
afterEach(async () => {
  await house.close();
  await store.stop();
});

async function expectWhole(talk: Conversation, withinMs = 60_000): Promise<void> {
  const { got, wanted } = faithful(talk, await settled(house, talk, withinMs));
  expect(got).toEqual(wanted);
}

const begun = (talk: Conversation) =>
  eventually(() => (talk.shown().length > 0 ? true : null), 'the answer has begun', 20_000);

test('MongoDB away for some seconds in mid-delivery: the answers are whole, each in one message', async () => {
  store = await startPrivateMongodb();
  house = await startRelayService({
    config: words(150),
    mongodbUri: withDatabase(store.url, 'away'),
    slack: { limits: false },
  });
  const talks = PLATFORMS.map((platform) => ask(house, platform, 'Hello?'));
  await Promise.all(talks.map(begun));
  await store.kill();
  // As long as MongoDB is meant to be away: longer than the lease of a delivery.
  await pause(3_000);
  await store.restart();
  await Promise.all(talks.map((talk) => expectWhole(talk)));
  for (const talk of talks) expect(talk.shown()).toHaveLength(1);
}, 90_000);

test('Redis killed in mid-stream and back without its data: the answers are whole', async () => {
  store = await startPrivateRedis();
  house = await startRelayService({
    config: words(150),
    redis: { url: store.url, prefix: 'away' },
    slack: { limits: false },
  });
  const talks = PLATFORMS.map((platform) => ask(house, platform, 'Hello?'));
  await Promise.all(talks.map(begun));
  await store.kill();
  await store.restart();
  await flush();
  await Promise.all(talks.map((talk) => expectWhole(talk)));
  for (const talk of talks) expect(talk.shown()).toHaveLength(1);
}, 90_000);

/** Conversations at a time: a Redis that is flushed each second is slow enough. */
const AT_ONCE = 25;

const CHAOS = 'events taken out of real streams, and Redis flushed each second';
promise(20, CHAOS, { tries: 500, timeoutMs: 600_000 }, async ({ count, once }) => {
  store = await startPrivateRedis();
  house = await startRelayService({
    config: words(60),
    redis: { url: store.url, prefix: 'chaos' },
    slack: { limits: false },
    roles: [['slack', 'discord', 'worker'], ['worker']],
  });
  const over = new AbortController();
  const chaos = disturb(over.signal);
  for (let done = 0; done < count; done += AT_ONCE) {
    const together = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, index) =>
      once(async () => {
        const talk = ask(house, PLATFORMS[index % 2] ?? 'slack', 'Hello?');
        await expectWhole(talk, 180_000);
        expect(talk.shown()).toHaveLength(1);
      }),
    );
    await Promise.all(together);
  }
  over.abort();
  await chaos;
});

async function flush(): Promise<void> {
  const redis = new Redis(store.url);
  await redis.flushall();
  redis.disconnect();
}

/** Takes events out of the streams, and now and then everything. */
async function disturb(signal: AbortSignal): Promise<void> {
  const redis = new Redis(store.url);
  for (let round = 1; !signal.aborted; round += 1) {
    if (round % 10 === 0) await redis.flushall();
    const keys = await redis.keys('*');
    for (const key of keys.filter((each) => round % 2 === 0 && each.includes('event'))) {
      const [first] = await redis.xrange(key, '-', '+', 'COUNT', 1).catch(() => []);
      if (first !== undefined) await redis.xdel(key, first[0]);
    }
    await pause(100);
  }
  redis.disconnect();
}
