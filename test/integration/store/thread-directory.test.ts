import { randomUUID } from 'node:crypto';
import { fc } from '../../fixtures/fast-check.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ThreadFilter, ThreadPosition } from '../../../src/core/ports.ts';
import type { NewThread } from '../../../src/core/threads/thread.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { admitted, newThread, outcome, runOn, says } from '../../fixtures/admissions.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
let projectId: string;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
beforeEach(() => {
  projectId = randomUUID();
});
afterAll(() => database.close());

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000);

async function make(overrides: Partial<NewThread> = {}, seconds = 0): Promise<string> {
  const thread = newThread({ projectId, ...overrides });
  expect(await stores.directory.create(thread, at(seconds))).toBe(true);
  return thread.id;
}

async function found(filter: Omit<ThreadFilter, 'projectId'>): Promise<string[]> {
  const wish = { projectId, ...filter };
  const [page, count] = await Promise.all([
    stores.directory.search(wish, {
      order: { by: 'createdAt', direction: 'asc' },
      limit: 100,
      offset: 0,
    }),
    stores.directory.count(wish),
  ]);
  expect(count).toBe(page.length);
  return page.map(({ id }) => id);
}

/** Ends the thread's next run so. */
async function end(threadId: string, overrides: Parameters<typeof outcome>[1] = {}): Promise<void> {
  const claim = await stores.runs.claimNext(threadId, 'w', new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const lease = { threadId, runId: claim.run.id, fence: claim.run.fence };
  await stores.runs.settle(lease, outcome([], overrides));
}

test('a thread is made once with an id, in whatever project, and is empty', async () => {
  const thread = newThread({ projectId, metadata: { plan: 'gold' }, name: 'First' });
  expect(await stores.directory.create(thread, at(1))).toBe(true);
  expect(await stores.directory.create(thread, at(2))).toBe(false);
  expect(await stores.directory.create({ ...thread, projectId: 'other' }, at(2))).toBe(false);
  expect(await stores.directory.find(projectId, thread.id)).toEqual({
    ...thread,
    closed: null,
    lastSeq: 0,
    values: {},
    openRuns: 0,
    lastEnd: 'idle',
    deleteAt: null,
    createdAt: at(1),
    updatedAt: at(1),
  });
});

test('nothing of a project is found, listed, counted, changed or copied by another', async () => {
  const threadId = await make({ metadata: { plan: 'gold' } });
  const { directory } = stores;
  const other = { projectId: 'other', ids: [threadId], metadata: { plan: 'gold' } };
  const order = { by: 'id', direction: 'asc' } as const;
  expect(await directory.find('other', threadId)).toBeNull();
  expect(await directory.page(other, null, 10)).toEqual([]);
  expect(await directory.search(other, { order, limit: 10, offset: 0 })).toEqual([]);
  expect(await directory.count(other)).toBe(0);
  expect(await directory.update('other', threadId, { name: 'theirs' }, at(1))).toBeNull();
  const ids = { threadId: randomUUID(), newId: randomUUID, newFileId: randomUUID };
  expect(await directory.copy('other', threadId, ids, at(1))).toBeNull();
  expect(await directory.find(projectId, threadId)).toMatchObject({ name: null });
});

test('pages follow each other without a gap or a repetition, also among equal times', async () => {
  const made = new Map<string, number>();
  for (let count = 0; count < 25; count += 1) {
    const seconds = Math.floor(count / 4);
    made.set(await make({}, seconds), seconds);
  }
  const met: string[] = [];
  let after: ThreadPosition | null = null;
  for (;;) {
    const page = await stores.directory.page({ projectId }, after, 7);
    met.push(...page.map(({ id }) => id));
    const last = page.at(-1);
    if (last === undefined) break;
    after = { updatedAt: last.updatedAt, id: last.id };
  }
  const wanted = [...made].sort(([a, x], [b, y]) => y - x || (a < b ? 1 : -1)).map(([id]) => id);
  expect(met).toEqual(wanted);
});

test('a thread that changes between two pages hides no other', async () => {
  const ids: string[] = [];
  for (let count = 0; count < 6; count += 1) ids.unshift(await make({}, count));
  const first = await stores.directory.page({ projectId }, null, 3);
  const last = first.at(-1);
  if (last === undefined) throw new Error('no page');
  // One that was met and one that was not are written to.
  await stores.directory.update(projectId, ids[0] ?? '', { name: 'again' }, at(99));
  await stores.directory.update(projectId, ids[4] ?? '', { name: 'moved' }, at(99));
  const second = await stores.directory.page({ projectId }, { updatedAt: last.updatedAt, id: last.id }, 3);
  expect(second.map(({ id }) => id)).toEqual([ids[3], ids[5]]);
});

test('a filter matches exactly: no list that holds the value, no absent key for null, no order of keys', async () => {
  const gold = await make({ metadata: { plan: 'gold', owner: null, at: { city: 'Rome', zip: [1, 2] } } }, 1);
  const list = await make({ metadata: { plan: ['gold', 'silver'], count: 1 } }, 2);
  await make({}, 3);
  expect(await found({ metadata: { plan: 'gold' } })).toEqual([gold]);
  expect(await found({ metadata: { plan: ['gold', 'silver'] } })).toEqual([list]);
  expect(await found({ metadata: { plan: ['gold'] } })).toEqual([]);
  expect(await found({ metadata: { owner: null } })).toEqual([gold]);
  expect(await found({ metadata: { count: 1 } })).toEqual([list]);
  expect(await found({ metadata: { count: '1' } })).toEqual([]);
  expect(await found({ metadata: { at: { zip: [1, 2], city: 'Rome' } } })).toEqual([gold]);
  expect(await found({ metadata: { at: { city: 'Rome' } } })).toEqual([]);
  expect(await found({ metadata: { plan: 'gold', count: 1 } })).toEqual([]);
});

test('a filter value is never an operator, and a key never a path', async () => {
  const threadId = await make({ metadata: { plan: 'gold', odd: { $ne: 'x' }, deep: { 'a.b': '$plan' } } });
  expect(await found({ metadata: { plan: { $ne: 'x' } } })).toEqual([]);
  expect(await found({ metadata: { plan: { $exists: true } } })).toEqual([]);
  expect(await found({ metadata: { plan: '$metadata.plan' } })).toEqual([]);
  expect(await found({ metadata: { odd: { $ne: 'x' } } })).toEqual([threadId]);
  expect(await found({ metadata: { deep: { 'a.b': '$plan' } } })).toEqual([threadId]);
  for (const key of ['a.b', '$where', '', '__proto__', 'null\0byte']) {
    const wish = Object.fromEntries([[key, 1]]);
    await expect(found({ metadata: wish })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(found({ values: wish })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(make({ metadata: wish })).rejects.toMatchObject({ code: 'invalid_input' });
    const update = stores.directory.update(projectId, threadId, { metadata: wish }, at(1));
    await expect(update).rejects.toMatchObject({ code: 'invalid_input' });
  }
});

test('metadata named like what every object inherits are read as they were given', async () => {
  const names = Object.getOwnPropertyNames(Object.prototype).filter(
    (each) => !/proto|constructor/.test(each),
  );
  const metadata = Object.fromEntries(names.map((each) => [each, [[{}], { [each]: ['x'] }]]));
  const threadId = await make({ metadata });
  expect((await stores.directory.find(projectId, threadId))?.metadata).toEqual(metadata);
  expect(await found({ ids: [threadId], metadata })).toEqual([threadId]);
});

test('whatever JSON metadata are, they are found by themselves and read as they were given', async () => {
  const key = fc
    .string({ minLength: 1, maxLength: 8 })
    .filter((each) => !/[.\0]|^\$|proto|constructor/.test(each));
  const value = fc.jsonValue({ maxDepth: 3 }).filter((each) => !JSON.stringify(each)?.includes('\\u0000'));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, value, { minKeys: 1, maxKeys: 3 }), async (given) => {
      const metadata = { ...given };
      const threadId = await make({ metadata });
      expect(await found({ ids: [threadId], metadata })).toEqual([threadId]);
      const stored = await stores.directory.find(projectId, threadId);
      expect(JSON.parse(JSON.stringify(stored?.metadata))).toEqual(JSON.parse(JSON.stringify(metadata)));
    }),
    { numRuns: 60 },
  );
});

test('threads are found by status, custom state, assistant and id', async () => {
  const [idle, failed, stopped, busy] = [
    await make({}, 1),
    await make({}, 2),
    await make({}, 3),
    await make({}, 4),
  ];
  for (const id of [failed, stopped, busy]) {
    await admitted(stores.inbox, runOn(newThread({ id, projectId }), [says('go')]));
  }
  await end(failed, { status: 'failed' });
  await end(stopped, { status: 'cancelled' });
  const update = { messages: [], removed: [], values: { stage: 'paid' }, asNode: null };
  await stores.state.update(stopped, update, at(9));
  expect(await found({ status: 'idle' })).toEqual([idle]);
  expect(await found({ status: 'error' })).toEqual([failed]);
  expect(await found({ status: 'interrupted' })).toEqual([stopped]);
  expect(await found({ status: 'busy' })).toEqual([busy]);
  expect(await found({ values: { stage: 'paid' } })).toEqual([stopped]);
  expect(await found({ values: { stage: null } })).toEqual([]);
  expect(await found({ assistantId: 'support' })).toEqual([idle, failed, stopped, busy]);
  expect(await found({ assistantId: 'other' })).toEqual([]);
  expect(await found({ ids: [busy, idle, randomUUID()] })).toEqual([idle, busy]);
  const order = { by: 'status', direction: 'desc' } as const;
  const sorted = await stores.directory.search({ projectId }, { order, limit: 3, offset: 1 });
  expect(sorted.map(({ id }) => id)).toEqual([idle, failed, busy]);
  expect(sorted[0]).not.toHaveProperty('status');
});

test('a thread that was stored before programs kept state in it is idle and reads as one', async () => {
  const threadId = await make({});
  const later = { values: '', openRuns: '', lastEnd: '', deleteAt: '' } as const;
  await database.connection
    .collection<{ _id: string }>('threads')
    .updateOne({ _id: threadId }, { $unset: later });
  expect(await found({ status: 'idle' })).toEqual([threadId]);
  expect(await found({ values: { stage: null } })).toEqual([]);
  expect(await stores.directory.find(projectId, threadId)).toMatchObject({
    values: {},
    openRuns: 0,
    lastEnd: 'idle',
    deleteAt: null,
  });
  // A run that was admitted before runs were counted ends all the same.
  await admitted(stores.inbox, runOn(newThread({ id: threadId, projectId }), [says('go')]));
  await database.connection
    .collection<{ _id: string }>('threads')
    .updateOne({ _id: threadId }, { $unset: { openRuns: '' } });
  await end(threadId);
  expect(await stores.directory.find(projectId, threadId)).toMatchObject({ openRuns: 0 });
});

test('an update merges metadata, changes what it names and nothing else, and brings the thread to the front', async () => {
  const threadId = await make({ metadata: { plan: 'free', trial: true }, name: 'Old' });
  const changed = await stores.directory.update(
    projectId,
    threadId,
    { metadata: { trial: null, seats: { paid: 3 } }, assistantId: 'sales', deleteAt: at(60) },
    at(5),
  );
  expect(changed).toMatchObject({
    metadata: { plan: 'free', seats: { paid: 3 } },
    name: 'Old',
    assistantId: 'sales',
    deleteAt: at(60),
    updatedAt: at(5),
  });
  expect(changed?.metadata).not.toHaveProperty('trial');
  const unnamed = await stores.directory.update(projectId, threadId, { name: null, deleteAt: null }, at(4));
  expect(unnamed).toMatchObject({ name: null, deleteAt: null, updatedAt: at(5), metadata: { plan: 'free' } });
});

test('metadata do not grow without end, however they are put together', async () => {
  const threadId = await make({ metadata: { kept: 'yes' } });
  const piece = 'x'.repeat(100_000);
  for (const key of ['a', 'b']) {
    await stores.directory.update(projectId, threadId, { metadata: { [key]: piece } }, at(1));
  }
  const third = stores.directory.update(projectId, threadId, { metadata: { c: piece } }, at(1));
  await expect(third).rejects.toMatchObject({ code: 'invalid_input', details: { field: 'metadata' } });
  const { metadata } = (await stores.directory.find(projectId, threadId)) ?? {};
  expect(Object.keys(metadata ?? {})).toEqual(['kept', 'a', 'b']);
  await expect(make({ metadata: { piece: piece.repeat(3) } })).rejects.toMatchObject({
    code: 'invalid_input',
  });
});

test('only threads whose time is over are expired, and one that was given more time is not deleted', async () => {
  const [past, future] = [await make({ deleteAt: at(10) }), await make({ deleteAt: at(30) })];
  await make();
  const expired = await stores.directory.expired(at(20), 100);
  expect(expired).toContain(past);
  expect(expired).not.toContain(future);
  await stores.directory.update(projectId, past, { deleteAt: at(40) }, at(20));
  expect(await stores.threads.delete(past, at(20))).toBe(false);
  expect(await stores.threads.delete(past, at(40))).toBe(true);
  expect(await stores.threads.delete(past, at(40))).toBe(false);
  expect(await stores.directory.find(projectId, past)).toBeNull();
});

test('lists and searches are answered by an index', async () => {
  const explain = async (stages: object[]) => {
    const threads = database.connection.collection('threads');
    const said = JSON.stringify(await threads.aggregate(stages).explain('queryPlanner'));
    return /"winningPlan":.*?"rejectedPlans"/.exec(said)?.[0] ?? '';
  };
  const $match = { projectId };
  for (const $sort of [
    { updatedAt: -1, _id: -1 },
    { createdAt: 1, _id: 1 },
  ] as const) {
    const plan = await explain([{ $match }, { $sort }, { $limit: 10 }]);
    expect(plan).toContain('IXSCAN');
    expect(plan).not.toContain('"stage":"SORT"');
  }
  expect(await explain([{ $match: { deleteAt: { $gt: new Date(0), $lte: new Date() } } }])).toContain(
    'by_deletion_time',
  );
  expect(await explain([{ $match: { 'metadata.ticket': { $eq: '4711' } } }])).toContain('metadata.$**');
});
