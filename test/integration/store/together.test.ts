import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StaleAttemptError } from '../../../src/core/errors.ts';
import type { Admission, AdmissionResult } from '../../../src/core/ports.ts';
import type { MultitaskStrategy, RunLease } from '../../../src/core/runs/run.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { newThread, outcome, runOn, says } from '../../fixtures/admissions.ts';
import { commandsOf } from '../../fixtures/commands-of.ts';
import { testDatabase } from '../../fixtures/stores.ts';

// What is asked for while a batch is under way shares the next transaction; each must come out as if it were alone.

let database: Database;
let stores: Stores;
beforeEach(async () => {
  database = await openDatabase({ uri: testDatabase(), monitorCommands: true });
  stores = createStores(database);
});
afterEach(() => database.close());

type Changes = { threadId?: string; post?: string; sourceId?: string; strategy?: MultitaskStrategy };

function admission({
  threadId = randomUUID(),
  post,
  sourceId,
  strategy = 'enqueue',
}: Changes = {}): Admission {
  const origin =
    post === undefined ? null : ({ platform: 'discord', tenant: 'g', channel: 'f', thread: post } as const);
  const message = says(randomUUID(), sourceId === undefined ? {} : { sourceId });
  return runOn(newThread({ id: threadId, origin }), [message], { strategy });
}

const admitAll = (admissions: Admission[]): Promise<AdmissionResult[]> =>
  Promise.all(admissions.map((each) => stores.inbox.admit(each)));

/** The texts of a thread in the order of their `seq`, which must have no gap. */
async function textsOf(threadId: string): Promise<string[]> {
  const messages = await stores.messages.tail(threadId, 100);
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1));
  expect((await stores.threads.find(threadId))?.lastSeq).toBe(messages.length);
  return messages.map(({ text }) => text);
}

test('messages of many threads that come at once are admitted in a few commands', async () => {
  const admissions = Array.from({ length: 30 }, () => admission({ post: randomUUID() }));
  let results: AdmissionResult[] = [];
  const commands = await commandsOf(database, async () => {
    results = await admitAll(admissions);
  });
  expect(results.map(({ kind }) => kind)).toEqual(admissions.map(() => 'admitted'));
  for (const [index, result] of results.entries()) {
    if (result.kind !== 'admitted' || result.run === null) throw new Error(result.kind);
    expect(await textsOf(result.threadId)).toEqual([admissions[index]?.messages[0]?.text]);
    expect(await stores.runs.find(result.run)).toMatchObject({ status: 'queued', ordinal: 1 });
    expect(await stores.deliveries.find(result.run)).toMatchObject({ status: 'pending', ordinal: 1 });
  }
  // One alone, and the others together; one by one it would be six each.
  expect(commands).toBeLessThan(25);
});

test('messages of one new post that come at once make one thread and keep their order', async () => {
  const admissions = Array.from({ length: 20 }, () => admission({ post: 'one' }));
  const results = await admitAll(admissions);
  const threadIds = new Set(results.map((result) => (result.kind === 'admitted' ? result.threadId : null)));
  expect(threadIds.size).toBe(1);
  expect(results.filter((result) => result.kind === 'admitted' && result.threadCreated)).toHaveLength(1);
  const [threadId] = threadIds;
  expect(await textsOf(threadId ?? '')).toEqual(admissions.map(({ messages }) => messages[0]?.text));
});

test('a message that is known already is told so, and those beside it are admitted', async () => {
  const [before] = await admitAll([admission({ post: 'known', sourceId: 'twice' })]);
  const results = await admitAll([
    admission({ post: 'first' }),
    admission({ post: 'second' }),
    admission({ post: 'known', sourceId: 'twice' }),
    admission({ post: 'known', sourceId: 'new' }),
  ]);
  expect(results.map(({ kind }) => kind)).toEqual(['admitted', 'admitted', 'duplicate', 'admitted']);
  expect(results[2]).toMatchObject({ run: { runId: before?.kind === 'admitted' && before.run?.runId } });
});

test('a message whose strategy looks at open runs does so, beside others that do not', async () => {
  const threadId = randomUUID();
  const results = await admitAll([
    admission(),
    admission({ threadId }),
    admission({ threadId: randomUUID() }),
  ]);
  const again = await admitAll([
    admission(),
    admission({ threadId, strategy: 'reject' }),
    admission({ threadId: randomUUID() }),
  ]);
  expect([...results, ...again].map((result) => result.kind === 'admitted' && result.run?.rejected)).toEqual([
    false,
    false,
    false,
    false,
    true,
    false,
  ]);
  expect(await textsOf(threadId)).toHaveLength(2);
});

test('a message for a deleted thread is refused, and those beside it are admitted', async () => {
  const [gone] = await admitAll([admission({ post: 'gone' })]);
  await stores.threads.delete(gone?.kind === 'admitted' ? gone.threadId : '');
  const results = await admitAll([admission(), admission({ post: 'gone' }), admission()]);
  expect(results.map(({ kind }) => kind)).toEqual(['admitted', 'refused', 'admitted']);
});

/** Runs that are all claimed, a thread each. */
async function claimed(count: number): Promise<RunLease[]> {
  const results = await admitAll(Array.from({ length: count }, () => admission()));
  return Promise.all(
    results.map(async (result) => {
      const threadId = result.kind === 'admitted' ? result.threadId : '';
      const claim = await stores.runs.claimNext(threadId, 'w', new Date(), new Date(0));
      if (claim.kind !== 'claimed') throw new Error(claim.kind);
      return { threadId, runId: claim.run.id, fence: claim.run.fence };
    }),
  );
}

test('runs that end at once are settled in a few commands, each with its own answer', async () => {
  const leases = await claimed(30);
  const commands = await commandsOf(database, async () => {
    const settled = await Promise.all(
      leases.map((lease) => stores.runs.settle(lease, outcome([lease.runId]))),
    );
    expect(settled).toEqual(leases.map(() => ({ lastSeqBefore: 1 })));
  });
  for (const lease of leases) {
    expect(await stores.runs.find(lease)).toMatchObject({ status: 'succeeded' });
    expect((await textsOf(lease.threadId))[1]).toBe(lease.runId);
  }
  expect(commands).toBeLessThan(20);
});

test('of runs that end at once, each that may not hears why, and the others are settled', async () => {
  const leases = await claimed(6);
  const [, , overtaken, unwanted, orphan] = leases;
  if (overtaken === undefined || unwanted === undefined || orphan === undefined) throw new Error('too few');
  await stores.runs.claimNext(overtaken.threadId, 'other', new Date(), new Date(Date.now() + 60_000));
  await stores.runs.requestCancel(unwanted, 'rollback', new Date());
  await stores.threads.delete(orphan.threadId);
  const settled = await Promise.allSettled(
    leases.map((lease) => stores.runs.settle(lease, outcome([lease.runId]))),
  );
  expect(settled.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  const reasons = settled.map((each) => (each.status === 'rejected' ? each.reason : null));
  expect(reasons[2]).toBeInstanceOf(StaleAttemptError);
  expect(reasons[3]).toMatchObject({ code: 'conflict' });
  expect(reasons[4]).toBeInstanceOf(StaleAttemptError);
  expect(await textsOf(overtaken.threadId)).toHaveLength(1);
  expect(await textsOf(unwanted.threadId)).toHaveLength(1);
});

test('what is read at once comes out each for itself and in order', async () => {
  const threadId = randomUUID();
  for (let count = 0; count < 5; count += 1) await stores.inbox.admit(admission({ threadId }));
  const others = await admitAll([admission(), admission()]);
  const ids = others.map((result) => (result.kind === 'admitted' ? result.threadId : ''));
  const ranges = await Promise.all([
    stores.messages.between(threadId, 0, 2),
    stores.messages.between(threadId, 1, 4),
    ...ids.map((id) => stores.messages.between(id, -100, 100)),
    stores.messages.between('unknown', 0, 100),
  ]);
  expect(ranges.map((messages) => messages.map(({ seq }) => seq))).toEqual([[1, 2], [2, 3, 4], [1], [1], []]);
});
