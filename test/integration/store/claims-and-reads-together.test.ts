import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Claim } from '../../../src/core/ports.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { admitted, newThread, outcome, runOn, says } from '../../fixtures/admissions.ts';
import { commandsOf } from '../../fixtures/commands-of.ts';
import { testDatabase } from '../../fixtures/stores.ts';

// Claims, new threads and look-ups of one turn share a round trip; each must come out as if it were alone.

let database: Database;
let stores: Stores;
let here: string;
beforeEach(async () => {
  here = testDatabase();
  database = await openDatabase({ uri: here, monitorCommands: true });
  stores = createStores(database);
});
afterEach(() => database.close());

/** A question in a thread, with its run. */
const ask = (threadId: string = randomUUID()) =>
  admitted(stores.inbox, runOn(newThread({ id: threadId }), [says('asked')]));

const askMany = (count: number, threadId?: string) =>
  Promise.all(Array.from({ length: count }, () => ask(threadId)));

describe('claims that are asked for at once', () => {
  const claim = (threadId: string, workerId = 'w', now = new Date()) =>
    stores.runs.claimNext(threadId, workerId, now, new Date(now.getTime() - 5_000));

  const threadsWithRuns = async (count: number) => (await askMany(count)).map(({ threadId }) => threadId);

  test('take a few commands, and each run is as a claim of its own leaves it', async () => {
    const threadIds = await threadsWithRuns(30);
    const [alone = '', ...others] = threadIds;
    const now = new Date();
    const one = await claim(alone, 'w', now);
    let claims: Claim[] = [];
    const commands = await commandsOf(database, async () => {
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
    const threadIds = await threadsWithRuns(40);
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
    const [plain = '', busy = '', stale = '', later = '', empty = '', long = ''] = await threadsWithRuns(6);
    await claim(stale, 'dead');
    const now = new Date(Date.now() + 60_000);
    await claim(busy, 'other', now);
    await ask(busy);
    const taken = await claim(later);
    if (taken.kind !== 'claimed') throw new Error(taken.kind);
    const { id: runId, fence } = taken.run;
    const until = new Date(now.getTime() + 60_000);
    await stores.runs.release({ threadId: later, runId, fence }, until, true);
    const gone = await claim(empty);
    if (gone.kind !== 'claimed') throw new Error(gone.kind);
    await stores.runs.settle({ threadId: empty, runId: gone.run.id, fence: 1 }, outcome());
    await askMany(40, long);

    const claims = await Promise.all(
      [plain, busy, stale, later, empty, long].map((id) => claim(id, 'w', now)),
    );
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
  const ids = Array.from({ length: 20 }, () => randomUUID());
  await stores.directory.create(newThread({ id: ids[3] ?? '' }), new Date());
  let made: boolean[] = [];
  const commands = await commandsOf(database, async () => {
    made = await Promise.all(
      [...ids, ids[7] ?? ''].map((id) => stores.directory.create(newThread({ id }), new Date())),
    );
  });
  expect(made).toEqual([...ids.map((_, index) => index !== 3), false]);
  expect(await stores.directory.count({ projectId: 'default', ids })).toBe(ids.length);
  expect(commands).toBeLessThan(6);
});

test('runs and messages that are looked up at once share a query, and nobody sees those of another thread', async () => {
  const asked = await askMany(20);
  const refs = asked.map(({ threadId, messageId, run }) => ({ threadId, runId: run.runId, messageId }));
  const commands = await commandsOf(database, async () => {
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
