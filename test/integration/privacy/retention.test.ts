import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Logger, silentLogger } from '../../../src/core/logger.ts';
import type { RetentionKind } from '../../../src/core/ports.ts';
import type { RunRef } from '../../../src/core/runs/run.ts';
import { createRetention } from '../../../src/workers/sweeper/retention.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { testRedis } from '../../fixtures/stores.ts';
import { holdersOf } from './holders-of.ts';
import { keepFile } from './keep-file.ts';

const DAY_MS = 86_400_000;

let engine: RunEngine;
let redis: Redis;
const place = testRedis();
beforeAll(async () => {
  engine = await startRunEngine({ redis: place });
  redis = new Redis(place.url);
  engine.addWorker();
});
afterAll(async () => {
  redis.disconnect();
  await engine.close();
});
beforeEach(async () => {
  await engine.database.models.retention_rounds.deleteMany({});
});

async function ask(text: string, thread: string = randomUUID()): Promise<RunRef> {
  const said = await engine.ingest.message(incoming({ text, thread, startsThread: false }));
  if (said.kind !== 'run') throw new Error(said.kind);
  await eventually(async () => (await engine.stores.runs.find(said))?.endedAt ?? null, 'the run ends');
  await eventually(() => engine.stores.records.find(said), 'the record is there');
  return said;
}

/** Retention as it is so many days from now. */
function carryOut(
  limits: Partial<Record<RetentionKind, number>>,
  daysLater: number,
  logger: Logger = silentLogger,
) {
  const now = () => new Date(Date.now() + daysLater * DAY_MS);
  const retention = createRetention({
    ...engine.stores,
    retentionLimits: () =>
      new Map([['default', new Map(Object.entries(limits) as [RetentionKind, number][])]]),
    clock: {
      now,
      sleep: (_ms, signal) => new Promise((end) => signal?.addEventListener('abort', () => end())),
    },
    random: () => 0.5,
    timings: { retentionMs: 1_000 },
    logger,
  });
  return retention.carryOut().finally(() => retention.stop());
}

const holders = (word: string) => holdersOf(engine.database, redis, place.prefix, [word]);

test('threads in which nothing has happened for too long leave nothing in MongoDB and GridFS', async () => {
  const word = `word-${randomUUID()}`;
  const { threadId, runId } = await ask(`keep ${word}`);
  await keepFile(engine.stores, threadId, word);
  expect(await holders(word)).toEqual(expect.arrayContaining(['file_contents.chunks', 'messages']));

  expect(await carryOut({ messages: 30 }, 29)).toEqual([{ projectId: 'default', erased: {} }]);
  const told: Record<string, unknown>[] = [];
  await engine.database.models.retention_rounds.deleteMany({});
  await carryOut({ messages: 30 }, 31, { ...silentLogger, info: (fields) => void told.push(fields) });

  // The stream of the run is forgotten by Redis itself, long before any limit.
  expect((await holders(word)).filter((each) => each !== 'redis')).toEqual([]);
  expect(await engine.stores.runs.find({ threadId, runId })).toBeNull();
  expect(told[0]).toMatchObject({ projectId: 'default', messages: expect.any(Number) });
});

test('in a thread that goes on only messages that are too old are erased, with all that was made of them', async () => {
  const [old, young] = [`old-${randomUUID()}`, `young-${randomUUID()}`];
  const thread = randomUUID();
  const { threadId } = await ask(old, thread);
  await keepFile(engine.stores, threadId, old);
  const past = new Date(Date.now() - 40 * DAY_MS);
  const { messages, threads, runs } = engine.database.models;
  await messages.updateMany({ threadId }, { $set: { createdAt: past } });
  await runs.updateMany({ threadId }, { $set: { createdAt: past } });
  await threads.updateOne({ _id: threadId }, { $set: { createdAt: past } });
  await ask(young, thread);

  await carryOut({ messages: 30 }, 0);

  expect((await holders(old)).filter((each) => each !== 'redis')).toEqual([]);
  const left = await engine.stores.messages.tail(threadId, 10);
  expect(left.map(({ text, author }) => [text === '', author === null])).toEqual([
    [true, true],
    [true, true],
    [false, false],
    [false, true],
  ]);
  // And what is erased once is not looked at again.
  const kept = await threads.findById(threadId).lean();
  expect(kept?.kept?.fromSeq).toBe(3);
});

test('files, facts and records go by limits of their own, and the messages stay', async () => {
  const word = `word-${randomUUID()}`;
  const run = await ask(word);
  await keepFile(engine.stores, run.threadId, word);
  const fact = { id: randomUUID(), projectId: 'default', subject: 'slack:T1:U1', text: word, source: null };
  await engine.stores.memories.remember({ ...fact, createdAt: new Date() });

  const [done] = await carryOut({ files: 10, memories: 10, run_records: 10 }, 11);

  expect(done?.erased).toMatchObject({ memories: 1 });
  expect(await engine.stores.records.find(run)).toBeNull();
  expect((await holders(word)).filter((each) => each !== 'redis')).toEqual(['messages', 'threads']);
});

test('over all processes a project has its turn once', async () => {
  const done = await Promise.all([1, 2, 3].map(() => carryOut({ memories: 1 }, 0)));
  expect(done.flat()).toHaveLength(1);
});
