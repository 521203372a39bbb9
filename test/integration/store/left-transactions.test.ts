import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mongo } from 'mongoose';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { holdNextCommit } from '../../fixtures/hold-commit.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { testDatabase } from '../../fixtures/stores.ts';

// MongoDB keeps what a transaction has written locked until it ends, and ends that of a dead process after 60 to 90 s.

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

async function start(mongodbUri = testDatabase()): Promise<RunEngine> {
  const engine = await startRunEngine({ mongodbUri });
  closing.push(() => engine.close());
  return engine;
}

/** The sessions that are in a transaction of this database, whoever's they are. */
async function openTransactions({ database }: RunEngine): Promise<number> {
  const { connection, appName } = database;
  const idle = await connection
    .getClient()
    .db('admin')
    .aggregate([
      { $currentOp: { allUsers: true, idleSessions: true } },
      { $match: { appName, transaction: { $exists: true } } },
    ])
    .toArray();
  return idle.length;
}

test('a thread that a killed process was writing is answered as soon as its other work is taken over', async () => {
  const mongodbUri = testDatabase();
  const engine = await start(mongodbUri);
  engine.addWorker();
  const first = startedRun(await engine.ingest.message(incoming({ thread: 'a' })));
  await runEnds(engine.stores, first);
  const program = fileURLToPath(new URL('../../fixtures/left-transaction-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, mongodbUri, first.threadId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await openTransactions(engine)).toBe(1);

  engine.sweeper();
  const second = startedRun(await engine.ingest.message(incoming({ thread: 'a' })));
  // With the quick timings a process is dead after a second; MongoDB would wait for a minute.
  expect((await runEnds(engine.stores, second)).status).toBe('succeeded');
  expect(await openTransactions(engine)).toBe(0);
  expect((await engine.stores.threads.find(first.threadId))?.name).toBe('hello');
});

test('whoever goes on with a transaction that was rolled back does it once more', async () => {
  const mongodbUri = testDatabase();
  const frozen = await start(mongodbUri);
  const other = await start(mongodbUri);
  const { threadId, messageId } = startedRun(await frozen.ingest.message(incoming()));
  const { reached, release } = holdNextCommit(frozen.database);
  const { messages } = frozen.stores;
  const revised = messages.revise(threadId, messageId, 'said otherwise', new Date());
  await reached;

  expect(await other.stores.leftTransactions.rollBack(60_000)).toBe(0);
  expect(await openTransactions(other)).toBe(1);
  await eventually(
    async () => ((await other.stores.leftTransactions.rollBack(1)) === 1 ? true : null),
    'it is rolled back',
  );
  release();
  expect(await revised).toBe(true);
  expect((await messages.find(threadId, messageId))?.text).toBe('said otherwise');
});

test('closing a database leaves no transaction open', async () => {
  const mongodbUri = testDatabase();
  const other = await start(mongodbUri);
  for (let words = 0; words < 20; words += 1) {
    const closed = await startRunEngine({ mongodbUri });
    const admitted = closed.ingest.message(incoming()).then(
      ({ kind }) => kind,
      () => 'refused',
    );
    // Each time the transaction has come a little further.
    for (let turn = 0; turn < words * 2; turn += 1) await setImmediate();
    await closed.close();
    await admitted;
    expect(await openTransactions(other)).toBe(0);
  }
});

test('transactions of other programs, and those of other databases, are let alone', async () => {
  const engine = await start();
  const { threadId } = startedRun(await engine.ingest.message(incoming()));
  const client = new mongo.MongoClient(testDatabase(), { appName: 'bookkeeping' });
  closing.push(() => client.close());
  const session = client.startSession();
  session.startTransaction();
  await client.db().collection('books').insertOne({ threadId }, { session });
  const another = await start();
  const hold = holdNextCommit(another.database);
  const admitted = another.ingest.message(incoming());
  await hold.reached;

  expect(await engine.stores.leftTransactions.rollBack(0)).toBe(0);
  hold.release();
  expect((await admitted).kind).toBe('run');
  await session.commitTransaction();
  expect(await client.db().collection('books').countDocuments()).toBe(1);
});
