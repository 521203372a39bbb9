import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../src/core/errors.ts';
import type { Admission, AdmissionResult } from '../../../src/core/ports.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { admitted, newThread, outcome, runOn, says } from '../../fixtures/admissions.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterAll(() => database.close());

const seqsOf = async (threadId: string) =>
  (await stores.messages.tail(threadId, 100)).map(({ seq, text }) => `${seq} ${text}`);

/** Alone, and among others that come at the same moment. */
const ROADS = [
  { road: 'alone', beside: 0 },
  { road: 'together with others', beside: 5 },
];

for (const { road, beside } of ROADS) {
  const admit = async (admission: Admission): Promise<AdmissionResult> => {
    // The first goes alone, and what comes while it is under way goes together.
    const others = Array.from({ length: beside }, () =>
      stores.inbox.admit(runOn(newThread(), [says('other')])),
    );
    const result = stores.inbox.admit(admission);
    if (beside > 0) others.push(stores.inbox.admit(runOn(newThread(), [says('another')])));
    await Promise.all([...others, result.catch(() => undefined)]);
    return result;
  };

  test(`${road}: several messages take a step each, and one run answers all of them`, async () => {
    const thread = newThread();
    await admit(runOn(thread, [says('first')]));
    const messages = [says('second'), says('third', { role: 'system' }), says('fourth')];
    const result = await admit(runOn(thread, messages));
    expect(result).toMatchObject({ kind: 'admitted', messageId: messages[0]?.id, seq: 4 });
    expect(await seqsOf(thread.id)).toEqual(['1 first', '2 second', '3 third', '4 fourth']);
    const [run] = await stores.runs.page(thread.id, { limit: 1, offset: 0 });
    expect(run).toMatchObject({ ordinal: 4, triggerMessageIds: messages.map(({ id }) => id) });
  });

  test(`${road}: a run without a message takes a step for itself, also on a new thread`, async () => {
    const thread = newThread();
    for (const seq of [1, 2]) {
      const result = await admit(runOn(thread, []));
      if (result.kind !== 'admitted') throw new Error(result.kind);
      expect(result).toMatchObject({ seq, messageId: result.run?.runId, threadCreated: seq === 1 });
    }
    expect(await stores.threads.find(thread.id)).toMatchObject({ lastSeq: 2, openRuns: 2 });
    expect(await seqsOf(thread.id)).toEqual([]);
  });

  test(`${road}: nobody writes to the thread of another project, and nothing tells that it is there`, async () => {
    const thread = newThread();
    await admit(runOn(thread, [says('mine')]));
    const refused = await admit(runOn({ ...thread, projectId: 'other' }, [says('not mine')]));
    expect(refused).toEqual({ kind: 'refused', reason: 'thread_unknown' });
    expect(await seqsOf(thread.id)).toEqual(['1 mine']);
  });

  test(`${road}: a thread that was deleted is not made again where it must exist`, async () => {
    const thread = newThread();
    await admit(runOn(thread, [says('gone')]));
    await stores.threads.delete(thread.id);
    const refused = await admit(runOn(thread, [says('late')], { onlyExisting: true }));
    expect(refused).toEqual({ kind: 'refused', reason: 'thread_unknown' });
    expect(await stores.threads.find(thread.id)).toBeNull();
  });

  test(`${road}: what a program asked for is kept with its run, and what cannot be stored is refused`, async () => {
    const thread = newThread();
    const kwargs = { config: { 'a.b': { $x: [1, { c: null }] } }, input: null };
    await admit(runOn(thread, [says('hello')], { run: { kwargs, metadata: { 'm.n': 1 } } }));
    const [run] = await stores.runs.page(thread.id, { limit: 1, offset: 0 });
    expect(run).toMatchObject({ kwargs, multitask: 'enqueue', metadata: { 'm.n': 1 } });
    const deep: unknown = JSON.parse('['.repeat(2_000) + ']'.repeat(2_000));
    for (const bad of [{ deep }, { 'null\0byte': 1 }]) {
      const work = admit(runOn(newThread(), [says('bad')], { run: { kwargs: bad } }));
      await expect(work).rejects.toMatchObject({ code: 'invalid_input' });
    }
    const toolCalls = [{ id: 'c', name: 'look_up', args: { deep } }];
    const asked = admit(runOn(newThread(), [says('fine'), says('bad', { role: 'ai', toolCalls })]));
    await expect(asked).rejects.toMatchObject({ code: 'invalid_input' });
  });
}

test('the same messages sent twice are one admission: by the id of a program, by our own, and by the run', async () => {
  const thread = newThread();
  const first = runOn(thread, [says('a', { sourceId: 'api:a' }), says('b')]);
  const { run, messageId } = await admitted(stores.inbox, first);
  const ref = { threadId: thread.id, runId: run.runId };
  // A program's own id, with everything else new
  const again = runOn(thread, [says('a', { sourceId: 'api:a' }), says('b')]);
  expect(await stores.inbox.admit(again)).toEqual({
    kind: 'duplicate',
    threadId: thread.id,
    messageId,
    run: ref,
  });
  // Our ids
  expect(await stores.inbox.admit(first)).toMatchObject({ kind: 'duplicate', run: ref });
  // No message at all
  const silent = runOn(thread, []);
  const begun = await admitted(stores.inbox, silent);
  const repeated = await stores.inbox.admit(silent);
  expect(repeated).toEqual({
    kind: 'duplicate',
    threadId: thread.id,
    messageId: begun.run.runId,
    run: { threadId: thread.id, runId: begun.run.runId },
  });
  expect(await stores.threads.find(thread.id)).toMatchObject({ lastSeq: 3, openRuns: 2 });
});

test('a known message behind a new one is a conflict that says which, and nothing of them is stored', async () => {
  const thread = newThread();
  await stores.inbox.admit(runOn(thread, [says('known', { sourceId: 'api:known' })]));
  const mixed = runOn(thread, [says('new'), says('known', { sourceId: 'api:known' })]);
  await expect(stores.inbox.admit(mixed)).rejects.toMatchObject({
    code: 'conflict',
    details: { field: 'messages.1' },
  });
  expect(await seqsOf(thread.id)).toEqual(['1 known']);
  expect(await stores.threads.find(thread.id)).toMatchObject({ lastSeq: 1, openRuns: 1 });
});

test('two messages of one request with one id are refused', async () => {
  const thread = newThread();
  const twice = ['one', 'two'].map((text) => says(text, { sourceId: 'api:same' }));
  await expect(stores.inbox.admit(runOn(thread, twice))).rejects.toMatchObject({
    code: 'invalid_input',
    details: { field: 'messages.1.id' },
  });
  expect(await stores.threads.find(thread.id)).toBeNull();
});

test('a message is found by the id that its program gave it, and by ours as programs name it', async () => {
  const thread = newThread();
  const [given, ours] = [says('given', { sourceId: 'api:g' }), says('ours')];
  await stores.inbox.admit(runOn(thread, [given, ours]));
  const { findBySource } = stores.messages;
  expect(await findBySource(thread.id, 'api:g')).toMatchObject({ id: given.id });
  expect(await findBySource(thread.id, `api:${ours.id}`)).toMatchObject({ id: ours.id });
  expect(await findBySource(thread.id, ours.id)).toBeNull();
  expect(await findBySource('another', `api:${ours.id}`)).toBeNull();
});

test('the id of a message or a run of another thread is a conflict, not a failure', async () => {
  const [one, other] = [newThread(), newThread()];
  const message = says('mine');
  const { run } = await admitted(stores.inbox, runOn(one, [message]));
  for (const stolen of [
    runOn(other, [says('theirs', { id: message.id })]),
    runOn(other, [says('theirs')], { run: { id: run.runId } }),
  ]) {
    const failure: unknown = await stores.inbox.admit(stolen).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(ThreadrelayError);
    expect(failure).toMatchObject({ code: 'conflict' });
  }
  expect(await stores.threads.find(other.id)).toBeNull();
});

test('a hundred programs that send one request at a moment make one run', async () => {
  const thread = newThread();
  const key = randomUUID();
  const results = await Promise.all(
    Array.from({ length: 100 }, () =>
      stores.inbox.admit(
        runOn(thread, [says('once', { sourceId: 'api:once' }), says('more')], {
          run: { idempotencyKey: key },
        }),
      ),
    ),
  );
  expect(results.filter(({ kind }) => kind === 'admitted')).toHaveLength(1);
  expect(results.filter(({ kind }) => kind === 'duplicate')).toHaveLength(99);
  expect(await seqsOf(thread.id)).toEqual(['1 once', '2 more']);
  expect(await stores.threads.find(thread.id)).toMatchObject({ openRuns: 1 });
});

test('a message that sets off no run, joins one or is rejected leaves the count of open runs as it was', async () => {
  const thread = newThread();
  const open = async () => (await stores.threads.find(thread.id))?.openRuns;
  await stores.inbox.admit({ thread, messages: [says('noted')], plan: () => ({ kind: 'message_only' }) });
  expect(await open()).toBe(0);
  await stores.inbox.admit({ thread, messages: [says('noted')], plan: () => ({ kind: 'message_only' }) });
  expect(await open()).toBe(0);
  await admitted(stores.inbox, runOn(thread, [says('asked')], { strategy: 'collect' }));
  expect(await open()).toBe(1);
  await admitted(stores.inbox, runOn(thread, [says('and'), says('more')], { strategy: 'collect' }));
  expect(await open()).toBe(1);
  const rejected = await admitted(stores.inbox, runOn(thread, [says('now')], { strategy: 'reject' }));
  expect(rejected.run.rejected).toBe(true);
  expect(await open()).toBe(1);
  await admitted(stores.inbox, runOn(thread, [says('instead')], { strategy: 'interrupt' }));
  expect(await open()).toBe(1);
  const [, , collected] = (await stores.runs.page(thread.id, { limit: 10, offset: 0 })).map(
    ({ triggerMessageIds }) => triggerMessageIds.length,
  );
  expect(collected).toBe(3);
});

test('runs are paged newest first, also by how they ended', async () => {
  const thread = newThread();
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    ids.unshift((await admitted(stores.inbox, runOn(thread, [says('hello')]))).run.runId);
  }
  const claim = await stores.runs.claimNext(thread.id, 'w', new Date(Date.now() + 1_000), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  await stores.runs.settle({ threadId: thread.id, runId: claim.run.id, fence: 1 }, outcome(['Yes.']));
  const page = async (options: Parameters<Stores['runs']['page']>[1]) =>
    (await stores.runs.page(thread.id, options)).map(({ id }) => id);
  expect(await page({ limit: 2, offset: 1 })).toEqual(ids.slice(1, 3));
  expect(await page({ limit: 10, offset: 0 })).toEqual(ids);
  expect(await page({ limit: 10, offset: 0, status: ['succeeded'] })).toEqual(ids.slice(-1));
  expect(await page({ limit: 10, offset: 0, status: ['failed'] })).toEqual([]);
});
