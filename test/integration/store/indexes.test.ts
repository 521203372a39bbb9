import { mongo } from 'mongoose';
import { afterEach, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../src/core/errors.ts';
import { openDatabase } from '../../../src/store/index.ts';
import { SHARD_KEYS } from '../../../src/store/shard-keys.ts';
import { promise } from '../../fixtures/promise.ts';
import { absentDatabase } from '../../fixtures/stores.ts';

const SOME_STARTS = { tries: 1, timeoutMs: 20_000 };

/** What the promises rest on, written down apart from the schemas. `_id` is unique by itself. */
const UNIQUE = [
  { collection: 'messages', key: { threadId: 1, seq: 1 } },
  { collection: 'messages', key: { threadId: 1, sourceId: 1 }, where: { sourceId: { $type: 'string' } } },
  { collection: 'checkpoints', key: { threadId: 1, seq: 1 } },
  { collection: 'runs', key: { threadId: 1, idempotencyKey: 1 } },
  { collection: 'runs', key: { threadId: 1 }, where: { status: 'running' } },
] as const;

/** Two documents of which a unique index takes one. */
const TWINS = [
  { collection: 'messages', twin: { threadId: 't', seq: 1 }, named: '"threadId":1,"seq":1' },
  { collection: 'messages', twin: { threadId: 't', sourceId: 's' }, named: '"threadId":1,"sourceId":1' },
  { collection: 'checkpoints', twin: { threadId: 't', seq: 1 }, named: '"threadId":1,"seq":1' },
  {
    collection: 'runs',
    twin: { threadId: 't', idempotencyKey: 'k' },
    named: '"threadId":1,"idempotencyKey":1',
  },
  {
    collection: 'runs',
    twin: { threadId: 't', status: 'running' },
    named: '{"threadId":1} unique where {"status":"running"}',
  },
];

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function connect(uri: string): Promise<mongo.Db> {
  const client = await mongo.MongoClient.connect(uri);
  closing.push(() => client.close());
  return client.db();
}

async function open(uri: string): Promise<void> {
  const database = await openDatabase({ uri });
  await database.close();
}

/** The sentence with which start-up refuses the database. */
async function refusal(uri: string): Promise<string> {
  const outcome: unknown = await open(uri).catch((thrown: unknown) => thrown);
  if (!(outcome instanceof ThreadrelayError)) throw new Error('start-up did not fail');
  return outcome.message;
}

promise(28, 'a fresh database has every declared unique index', SOME_STARTS, async ({ passed }) => {
  const uri = absentDatabase();
  await open(uri);
  const db = await connect(uri);
  for (const { collection, key, ...rest } of UNIQUE) {
    const present = (await db.collection(collection).indexes()).filter(({ unique }) => unique === true);
    expect(present, collection).toContainEqual(
      expect.objectContaining({
        key,
        ...('where' in rest ? { partialFilterExpression: rest.where } : {}),
      }),
    );
  }
  passed(1);
});

test('every unique index starts with the key its collection would be sharded by', async () => {
  const uri = absentDatabase();
  await open(uri);
  const db = await connect(uri);
  const keys = new Map(Object.entries(SHARD_KEYS).map(([name, key]) => [name, Object.keys(key)[0]]));
  for (const { name } of await db.listCollections().toArray()) {
    const unique = (await db.collection(name).indexes()).filter((index) => index.unique === true);
    expect(
      unique.map(({ key }) => Object.keys(key)[0]),
      name,
    ).toEqual(unique.map(() => keys.get(name)));
  }
});

const REFUSED = 'start-up fails and names the index where twins are stored that it refuses';
promise(28, REFUSED, { tries: TWINS.length, timeoutMs: 20_000 }, async ({ once }) => {
  for (const { collection, twin, named } of TWINS) {
    await once(async () => {
      const uri = absentDatabase();
      const db = await connect(uri);
      await db.collection(collection).insertMany([{ ...twin }, { ...twin }]);
      const sentence = await refusal(uri);
      expect(sentence).toContain(`"${collection}"`);
      expect(sentence).toContain(named);
      expect(sentence).toMatch(/duplicates/);
    });
  }
});

const LAX = 'start-up fails when an index of the same name lacks the uniqueness';
promise(28, LAX, SOME_STARTS, async ({ passed }) => {
  const uri = absentDatabase();
  const db = await connect(uri);
  await db.collection('runs').createIndex({ threadId: 1 }, { name: 'one_running_run_a_thread' }, {});
  const sentence = await refusal(uri);
  expect(sentence).toContain('"runs"');
  expect(sentence).toContain('{"threadId":1} unique');
  passed(1);
});

const DROPPED = 'an index that somebody dropped is there again after the next start';
promise(28, DROPPED, SOME_STARTS, async ({ passed }) => {
  const uri = absentDatabase();
  await open(uri);
  const db = await connect(uri);
  await db.collection('messages').dropIndex('threadId_1_sourceId_1');
  await open(uri);
  const names = (await db.collection('messages').indexes()).map(({ name }) => name);
  expect(names).toContain('threadId_1_sourceId_1');
  passed(1);
});

test('two processes that start at once on a fresh database both start', async () => {
  const uri = absentDatabase();
  await Promise.all(Array.from({ length: 4 }, () => open(uri)));
});
