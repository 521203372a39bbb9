import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { admitted, newThread, outcome, runOn, says } from '../../fixtures/admissions.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterAll(() => database.close());

const projectId = 'default';
const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000);

/** Ends the thread's next run so. */
async function end(threadId: string, overrides: Parameters<typeof outcome>[1] = {}): Promise<void> {
  const claim = await stores.runs.claimNext(threadId, 'w', new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const lease = { threadId, runId: claim.run.id, fence: claim.run.fence };
  await stores.runs.settle(lease, outcome([], overrides));
}

test('a copy has the messages, their history and the state under new ids, and neither origin nor runs', async () => {
  const source = newThread({
    projectId,
    name: 'Origin',
    metadata: { plan: 'gold' },
    origin: incoming().origin,
    deleteAt: at(9_999),
  });
  const { messageId } = await admitted(
    stores.inbox,
    runOn(source, [says('one', { sourceId: 'api:1' }), says('two')]),
  );
  await end(source.id, { messages: [says('answer', { role: 'ai' })] });
  await stores.messages.revise(source.id, messageId, 'one, edited', at(2));
  const values = { stage: 'paid' };
  await stores.state.update(source.id, { messages: [], removed: [], values, asNode: 'desk' }, at(3));
  await admitted(stores.inbox, runOn(source, [says('three')]));

  const ids = { threadId: randomUUID(), newId: randomUUID };
  const copy = await stores.directory.copy(projectId, source.id, ids, at(8));
  expect(copy).toMatchObject({
    id: ids.threadId,
    projectId,
    name: 'Origin',
    metadata: { plan: 'gold' },
    origin: null,
    values,
    lastSeq: 6,
    openRuns: 0,
    lastEnd: 'idle',
    deleteAt: null,
    createdAt: at(8),
  });
  expect(await stores.directory.find(projectId, ids.threadId)).toEqual(copy);
  const tail = async (threadId: string) => stores.messages.tail(threadId, 100);
  const [before, after] = [await tail(source.id), await tail(ids.threadId)];
  const facts = (messages: typeof before) =>
    messages.map(({ seq, role, text, sourceId, revisions }) => ({ seq, role, text, sourceId, revisions }));
  expect(facts(after)).toEqual(facts(before));
  expect(after.every(({ runId }) => runId === null)).toBe(true);
  expect(new Set([...before, ...after].map(({ id }) => id)).size).toBe(before.length * 2);
  const marks = await stores.state.checkpoints(ids.threadId, 100, 100);
  expect(marks.map(({ threadId, seq, source: by }) => ({ threadId, seq, by }))).toEqual([
    { threadId: ids.threadId, seq: 5, by: 'update' },
    { threadId: ids.threadId, seq: 4, by: 'edit' },
  ]);
  expect(await stores.runs.listByThread(ids.threadId, 10)).toEqual([]);
  // A repetition finds what the first try made, and both go on apart.
  expect(await stores.directory.copy(projectId, source.id, ids, at(9))).toEqual(copy);
  await stores.threads.delete(source.id);
  expect(await tail(ids.threadId)).toHaveLength(4);
});

test('a copy of a long thread is whole', async () => {
  const thread = newThread();
  for (let batch = 0; batch < 12; batch += 1) {
    const messages = Array.from({ length: 100 }, (_, index) => says(`${batch * 100 + index}`));
    await stores.inbox.admit({ thread, messages, plan: () => ({ kind: 'message_only' }) });
  }
  const ids = { threadId: randomUUID(), newId: randomUUID };
  await stores.directory.copy(projectId, thread.id, ids, at(1));
  const texts = (await stores.messages.tail(ids.threadId, 2_000)).map(({ text }) => text);
  expect(texts).toEqual(Array.from({ length: 1_200 }, (_, index) => `${index}`));
});
