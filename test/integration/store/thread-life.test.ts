import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../../src/core/limits.ts';
import type { NewThread } from '../../../src/core/threads/thread.ts';
import { type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { admitted, newThread, outcome, runOn, says } from '../../fixtures/admissions.ts';
import { eventually } from '../../fixtures/eventually.ts';

let engine: RunEngine;
beforeAll(async () => {
  engine = await startRunEngine();
});
afterAll(() => engine.close());

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000);

async function claim(threadId: string) {
  const claimed = await engine.stores.runs.claimNext(threadId, 'w', new Date(), new Date(0));
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
  return { threadId, runId: claimed.run.id, fence: claimed.run.fence };
}

const alone = (thread: NewThread) => runOn(thread, [says('just once')], { run: { onCompletion: 'delete' } });

const find = (threadId: string) => engine.stores.threads.find(threadId);

test('a thread is busy while a run is open, and then as the last one left it', async () => {
  const { inbox, runs } = engine.stores;
  const thread = newThread();
  for (const [status, leaves] of [
    ['failed', 'error'],
    ['succeeded', 'idle'],
    ['timed_out', 'error'],
    ['cancelled', 'interrupted'],
  ] as const) {
    const { run } = await admitted(inbox, runOn(thread, [says('hello')]));
    expect(await find(thread.id)).toMatchObject({ openRuns: 1 });
    await runs.settle(await claim(thread.id), outcome([], { status, endedAt: at(5) }));
    expect(await find(thread.id)).toMatchObject({ openRuns: 0, lastEnd: leaves });
    expect(await runs.requestCancel(run, 'interrupt', at(6))).toBe('unknown');
    expect(await find(thread.id)).toMatchObject({ openRuns: 0, lastEnd: leaves });
  }
});

test('runs that are cancelled while they wait, by a person or by a later run, are open no more', async () => {
  const { inbox, runs } = engine.stores;
  const thread = newThread();
  const { run } = await admitted(inbox, runOn(thread, [says('one')]));
  await admitted(inbox, runOn(thread, [says('two')]));
  await runs.requestCancel(run, 'interrupt', at(2));
  expect(await find(thread.id)).toMatchObject({ openRuns: 1, lastEnd: 'interrupted' });
  const lease = await claim(thread.id);
  await admitted(inbox, runOn(thread, [says('three')]));
  const last = await admitted(inbox, runOn(thread, [says('instead')], { strategy: 'rollback' }));
  expect(last.cancelled).toEqual([{ threadId: thread.id, runId: lease.runId, action: 'rollback' }]);
  expect(await find(thread.id)).toMatchObject({ openRuns: 2 });
  await runs.settle(lease, outcome([], { status: 'cancelled' }));
  // What is forgotten leaves the thread as it was.
  expect(await find(thread.id)).toMatchObject({ openRuns: 1, lastEnd: 'interrupted' });
});

test('many runs that end at one moment each leave their thread as they ended', async () => {
  const { inbox, runs } = engine.stores;
  const threads = Array.from({ length: 20 }, () => newThread());
  await Promise.all(threads.map((thread) => inbox.admit(runOn(thread, [says('hello')]))));
  const leases = await Promise.all(threads.map(({ id }) => claim(id)));
  await Promise.all(
    leases.map((lease, index) =>
      runs.settle(lease, outcome(['Yes.'], index % 2 === 0 ? {} : { status: 'failed' })),
    ),
  );
  const ended = await Promise.all(threads.map(({ id }) => find(id)));
  expect(ended.map((thread) => [thread?.openRuns, thread?.lastEnd, thread?.lastSeq])).toEqual(
    threads.map((_, index) => [0, index % 2 === 0 ? 'idle' : 'error', 2]),
  );
});

test('the thread of a run that takes it along has an end once the run has ended, in whatever way', async () => {
  const { inbox, runs } = engine.stores;
  const threads = Array.from({ length: 6 }, () => newThread());
  // Some alone and some together; the one that is kept is not touched.
  await Promise.all(threads.map((thread) => inbox.admit(alone(thread))));
  const [waiting, ...others] = threads;
  const kept = newThread();
  await admitted(inbox, runOn(kept, [says('stay')], { run: { onCompletion: 'keep' } }));
  if (waiting === undefined) throw new Error('no thread');
  expect((await find(waiting.id))?.deleteAt).toBeNull();
  const [queued] = await runs.page(waiting.id, { limit: 1, offset: 0 });
  await runs.requestCancel({ threadId: waiting.id, runId: queued?.id ?? '' }, 'interrupt', at(9));
  const leases = await Promise.all([...others, kept].map(({ id }) => claim(id)));
  await Promise.all(leases.map((lease) => runs.settle(lease, outcome(['Yes.'], { endedAt: at(9) }))));
  for (const { id } of threads) {
    expect((await find(id))?.deleteAt).toEqual(new Date(at(9).getTime() + LIMITS.afterlifeMs));
  }
  expect((await find(kept.id))?.deleteAt).toBeNull();
});

test('a run on a thread that exists takes it along as well', async () => {
  const { inbox, runs, directory } = engine.stores;
  const thread = newThread();
  await directory.create(thread, at(0));
  await admitted(inbox, alone(thread));
  await runs.settle(await claim(thread.id), outcome(['Yes.'], { endedAt: at(9) }));
  expect((await find(thread.id))?.deleteAt).toEqual(new Date(at(9).getTime() + LIMITS.afterlifeMs));
});

test('the sweeper deletes threads whose time is over, with all that belongs to them, and no others', async () => {
  const { inbox, directory, state } = engine.stores;
  const [over, busy, staying] = [newThread({ deleteAt: at(0) }), newThread({ deleteAt: at(0) }), newThread()];
  for (const thread of [over, staying]) await directory.create(thread, at(0));
  for (const { id } of [over, staying]) {
    const update = { messages: [says('secret')], removed: [], values: { a: 1 }, asNode: null };
    await state.update(id, update, at(1));
  }
  await admitted(inbox, runOn(busy, [says('hello')]));
  const lease = await claim(busy.id);

  // When two processes look for them at one moment
  const expired = await directory.expired(new Date(), 100);
  expect(expired).toEqual(expect.arrayContaining([over.id, busy.id]));
  const sweepers = [engine.sweeper(), engine.sweeper()];
  const deleted = await Promise.all(sweepers.map((sweeper) => sweeper.deleteExpired()));

  // Then each is deleted once
  expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(expired.length);
  expect(await Promise.all([over, busy].map(({ id }) => find(id)))).toEqual([null, null]);
  expect(await find(staying.id)).toMatchObject({ lastSeq: 2 });
  expect(await directory.expired(new Date(), 10)).toEqual([]);
  await expect(engine.stores.runs.settle(lease, outcome(['too late']))).rejects.toMatchObject({
    code: 'stale_attempt',
  });
  const { messages, checkpoints, runs } = engine.database.models;
  const threadId = { $in: [over.id, busy.id] };
  const left = await Promise.all([
    messages.countDocuments({ threadId }),
    checkpoints.countDocuments({ threadId }),
    runs.countDocuments({ threadId }),
  ]);
  expect(left).toEqual([0, 0, 0]);
});

test('an answer is stored under the id that its attempt told when it began', async () => {
  const { stores, queues, addWorker } = engine;
  addWorker();
  const thread = newThread();
  const { run } = await admitted(stores.inbox, runOn(thread, [says('hello')]));
  const told: string[] = [];
  const stop = queues.events.follow(run, null, (events) => {
    for (const { event } of events) if (event.type === 'attempt') told.push(event.messageId);
  });
  await queues.doorbells.ringThread(thread.id);
  const answer = await eventually(
    async () => (await stores.messages.tail(thread.id, 1)).find(({ role }) => role === 'ai') ?? null,
    'the answer is stored',
  );
  await eventually(() => (told.length > 0 ? true : null), 'the attempt is told');
  stop();
  expect(told).toEqual([answer.id]);
});
