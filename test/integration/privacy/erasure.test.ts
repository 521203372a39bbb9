import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { testRedis } from '../../fixtures/stores.ts';
import { holdersOf, KEEPS } from './holders-of.ts';
import { type Canary, keyOf, leaveTraces, newCanary } from './leave-traces.ts';

let api: ApiService;
let redis: Redis;
beforeAll(async () => {
  const place = testRedis();
  redis = new Redis(place.url);
  api = await startApiService({ redis: place, workers: 0 });
});
afterAll(async () => {
  redis.disconnect();
  await api.close();
});

let ada: Canary;
let bob: Canary;
beforeEach(() => {
  ada = newCanary();
  bob = newCanary();
});

const erase = (who: Canary, dryRun = false) =>
  api.call('POST', '/erasures', {
    key: api.keys.default.admin,
    body: { person: keyOf(who), dry_run: dryRun },
  });

/** In the whole database, and in all keys of Redis, whosever they are. */
const holders = (who: Canary) => holdersOf(api.database, redis, '', Object.values(who));

const OF_PEOPLE = Object.entries(KEEPS).flatMap(([name, what]) => (what === 'of people' ? [name] : []));

test('it is known of each collection whether it holds something of people', async () => {
  const stored = await api.database.connection.db?.listCollections().toArray();
  expect(stored?.map(({ name }) => name).toSorted()).toEqual(Object.keys(KEEPS).toSorted());
});

test('the erasure of a person leaves nothing of them in MongoDB, GridFS or Redis, and the rest as it was', async () => {
  const { alone, shared } = await leaveTraces(api, ada, bob);
  // Given that each place where something of people may be holds something of this one
  expect(await holders(ada)).toEqual([...OF_PEOPLE, 'redis'].toSorted());

  const { status, body } = await erase(ada);

  expect(status).toBe(202);
  expect(body).toMatchObject({
    dry_run: false,
    erased: {
      threads: 1,
      messages: 3,
      answers: 4,
      decisions: 1,
      files: 1,
      memories: 2,
      kept_answers: 2,
      usage_rows: 1,
    },
    threads_left: 0,
  });
  expect(await holders(ada)).toEqual([]);
  expect(await api.stores.threads.find(alone.threadId)).toBeNull();
  const left = await api.stores.messages.tail(shared.threadId, 20);
  expect(left.map(({ role, text }) => `${role}: ${text}`)).toEqual([
    `human: <@erased> helps, says ${bob.word}`,
    `ai: I ask @erased, ${bob.word}`,
    'human: ',
    'ai: ',
    'tool: ',
    'ai: ',
    `human: what did she say? ${bob.word}`,
    'ai: Let me see.',
    'tool: ',
    'tool: ',
    `ai: See above, ${bob.word}`,
    `human: please refund, ${bob.word}`,
  ]);
  expect(await holders(bob)).toEqual(['memories', 'messages', 'runs', 'threads', 'usage']);
});

test('a dry run counts what would be erased, and changes nothing', async () => {
  await leaveTraces(api, ada, bob);
  const before = await holders(ada);

  const { body } = await erase(ada, true);

  expect(body).toMatchObject({ dry_run: true, threads_left: 0 });
  expect(await holders(ada)).toEqual(before);
  expect((await erase(ada)).body.erased).toEqual(body.erased);
  const again = await erase(ada);
  expect(Object.values(again.body.erased).every((count) => count === 0)).toBe(true);
});

test('who is named wrongly is told how people are named', async () => {
  const { status, body } = await api.call('POST', '/erasures', {
    key: api.keys.default.admin,
    body: { person: 'Ada' },
  });
  expect(status).toBe(422);
  expect(body.error.message).toContain('slack:TEAM:USER');
});
