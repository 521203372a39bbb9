import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StaleAttemptError } from '../../../src/core/errors.ts';
import type { Admission, AdmissionResult, Claim, RunOutcome } from '../../../src/core/ports.ts';
import type { MultitaskStrategy, RunLease } from '../../../src/core/runs/run.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { testDatabase } from '../../fixtures/stores.ts';

// What is asked for while a batch is under way shares the next transaction; each must come out as if it were alone.

let database: Database;
let stores: Stores;
let here: string;
beforeEach(async () => {
  here = testDatabase();
  database = await openDatabase({ uri: here, monitorCommands: true });
  stores = createStores(database);
});
afterEach(() => database.close());

/** How many commands the driver sends meanwhile. */
async function commandsOf(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const client = database.connection.getClient();
  const started = () => {
    count += 1;
  };
  client.on('commandStarted', started);
  await work();
  client.off('commandStarted', started);
  return count;
}

type Changes = { threadId?: string; post?: string; sourceId?: string; strategy?: MultitaskStrategy };

function admission({ threadId, post, sourceId, strategy = 'enqueue' }: Changes = {}): Admission {
  const createdAt = new Date();
  const id = randomUUID();
  const origin =
    post === undefined ? null : ({ platform: 'discord', tenant: 'g', channel: 'f', thread: post } as const);
  return {
    thread: {
      id: threadId ?? randomUUID(),
      projectId: 'default',
      assistantId: 'echo',
      name: null,
      metadata: {},
      origin,
    },
    messages: [{ id, role: 'human', text: id, createdAt, ...(sourceId === undefined ? {} : { sourceId }) }],
    plan: () => ({
      kind: 'run',
      strategy,
      deliver: { replyTo: null },
      run: {
        id: randomUUID(),
        idempotencyKey: `message:${id}`,
        assistantId: 'echo',
        priority: 0,
        createdAt,
        availableAt: createdAt,
        metadata: {},
      },
    }),
  };
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
  const commands = await commandsOf(async () => {
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

function outcome(text: string): RunOutcome {
  return {
    status: 'succeeded',
    messages: [{ id: randomUUID(), role: 'ai', text, createdAt: new Date() }],
    error: null,
    usage: null,
    routing: null,
    endedAt: new Date(),
  };
}

test('runs that end at once are settled in a few commands, each with its own answer', async () => {
  const leases = await claimed(30);
  const commands = await commandsOf(async () => {
    const settled = await Promise.all(leases.map((lease) => stores.runs.settle(lease, outcome(lease.runId))));
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
    leases.map((lease) => stores.runs.settle(lease, outcome(lease.runId))),
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

describe('claims that are asked for at once', () => {
  const claim = (threadId: string, workerId = 'w', now = new Date()) =>
    stores.runs.claimNext(threadId, workerId, now, new Date(now.getTime() - 5_000));

  async function admittedThreads(count: number): Promise<string[]> {
    const results = await admitAll(Array.from({ length: count }, () => admission()));
    return results.map((result) => (result.kind === 'admitted' ? result.threadId : ''));
  }

  test('take a few commands, and each run is as a claim of its own leaves it', async () => {
    const threadIds = await admittedThreads(30);
    const [alone = '', ...others] = threadIds;
    const now = new Date();
    const one = await claim(alone, 'w', now);
    let claims: Claim[] = [];
    const commands = await commandsOf(async () => {
      claims = await Promise.all(others.map((threadId) => claim(threadId, 'w', now)));
    });
    expect(commands).toBeLessThan(20);
    if (one.kind !== 'claimed') throw new Error(one.kind);
    const { id: _id, threadId: _threadId, ...plain } = one.run;
    const ownPart = { idempotencyKey: '', triggerMessageIds: [], createdAt: now, availableAt: now };
    for (const [index, each] of claims.entries()) {
      if (each.kind !== 'claimed') throw new Error(each.kind);
      const { id, threadId, ...rest } = each.run;
      expect(threadId).toBe(others[index]);
      expect({ ...rest, ...ownPart }).toEqual({ ...plain, ...ownPart });
      expect(await stores.runs.find({ threadId, runId: id })).toEqual(each.run);
      expect(each.thread.id).toBe(threadId);
    }
  });

  test('by many processes give each run to one of them', async () => {
    const databases = await Promise.all([1, 2].map(() => openDatabase({ uri: here })));
    const houses = [stores, ...databases.map(createStores)];
    const threadIds = await admittedThreads(40);
    const now = new Date();
    const claims = await Promise.all(
      houses.flatMap((house, index) =>
        threadIds.map((threadId) => house.runs.claimNext(threadId, `w${index}`, now, new Date(0))),
      ),
    );
    const claimed = claims.flatMap((each) => (each.kind === 'claimed' ? [each.run] : []));
    expect(claimed.map(({ threadId }) => threadId).toSorted()).toEqual(threadIds.toSorted());
    for (const run of claimed) {
      expect(run).toMatchObject({ fence: 1, attempt: 1 });
      expect(await stores.runs.find({ threadId: run.threadId, runId: run.id })).toEqual(run);
    }
    await Promise.all(databases.map((each) => each.close()));
  });

  test('hear each what is true of their thread', async () => {
    const [plain = '', busy = '', stale = '', later = '', empty = '', long = ''] = await admittedThreads(6);
    await claim(stale, 'dead');
    const now = new Date(Date.now() + 60_000);
    await claim(busy, 'other', now);
    await admitAll([admission({ threadId: busy })]);
    const taken = await claim(later);
    if (taken.kind !== 'claimed') throw new Error(taken.kind);
    const { id: runId, fence } = taken.run;
    const until = new Date(now.getTime() + 60_000);
    await stores.runs.release({ threadId: later, runId, fence }, until, true);
    const gone = await claim(empty);
    if (gone.kind !== 'claimed') throw new Error(gone.kind);
    await stores.runs.settle({ threadId: empty, runId: gone.run.id, fence: 1 }, outcome('done'));
    await admitAll(Array.from({ length: 40 }, () => admission({ threadId: long })));

    const claims = await Promise.all([plain, busy, stale, later, empty, long].map((id) => claim(id, 'w', now)));
    expect(claims.map(({ kind }) => kind)).toEqual([
      'claimed',
      'busy',
      'claimed',
      'later',
      'nothing',
      'claimed',
    ]);
    expect(claims[2]).toMatchObject({ run: { fence: 2, attempt: 2, lostAttempts: 1, workerId: 'w' } });
    expect(claims[3]).toMatchObject({ availableAt: until });
    expect(claims[5]).toMatchObject({ run: { ordinal: 1 } });
  });
});

test('threads that are made at once take a few commands, and an id that is taken is told to who wanted it', async () => {
  const thread = (id: string) => ({
    id,
    projectId: 'default',
    assistantId: 'echo',
    name: null,
    metadata: {},
    origin: null,
  });
  const ids = Array.from({ length: 20 }, () => randomUUID());
  await stores.directory.create(thread(ids[3] ?? ''), new Date());
  let made: boolean[] = [];
  const commands = await commandsOf(async () => {
    made = await Promise.all(
      [...ids, ids[7] ?? ''].map((id) => stores.directory.create(thread(id), new Date())),
    );
  });
  expect(made).toEqual([...ids.map((_, index) => index !== 3), false]);
  expect(await stores.directory.count({ projectId: 'default', ids })).toBe(ids.length);
  expect(commands).toBeLessThan(6);
});

test('runs and messages that are looked up at once share a query, and nobody sees those of another thread', async () => {
  const results = await admitAll(Array.from({ length: 20 }, () => admission()));
  const refs = results.map((result) => {
    if (result.kind !== 'admitted' || result.run === null) throw new Error(result.kind);
    return { threadId: result.threadId, runId: result.run.runId, messageId: result.messageId };
  });
  const commands = await commandsOf(async () => {
    const found = await Promise.all(refs.map((ref) => stores.runs.find(ref)));
    expect(found.map((run) => run?.id)).toEqual(refs.map(({ runId }) => runId));
    const said = await Promise.all(refs.map((ref) => stores.messages.find(ref.threadId, ref.messageId)));
    expect(said.map((message) => message?.id)).toEqual(refs.map(({ messageId }) => messageId));
  });
  expect(commands).toBeLessThan(6);
  const [one, other] = refs;
  if (one === undefined || other === undefined) throw new Error('too few');
  const crossed = await Promise.all([
    stores.runs.find({ threadId: one.threadId, runId: other.runId }),
    stores.runs.find(other),
    stores.messages.find(one.threadId, other.messageId),
    stores.messages.find(other.threadId, other.messageId),
  ]);
  expect(crossed.map((found) => found?.id)).toEqual([undefined, other.runId, undefined, other.messageId]);
});
