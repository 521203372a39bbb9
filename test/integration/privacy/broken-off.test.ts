import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { RunEventEraser } from '../../../src/core/ports.ts';
import { createPersonErasure } from '../../../src/core/privacy/erase-person.ts';
import { parsePerson } from '../../../src/core/privacy/person.ts';
import { createStores, type Database } from '../../../src/store/index.ts';
import { modelsOf } from '../../../src/store/models.ts';
import { isFullSize } from '../../fixtures/promise.ts';
import { type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { testDatabase, testRedis } from '../../fixtures/stores.ts';
import { holdersOf } from './holders-of.ts';
import { type Canary, keyOf, leaveTraces, newCanary, PROJECT } from './leave-traces.ts';

vi.setConfig({ testTimeout: 240_000 });

/** At full size each step is once the last; in CI one in so many. */
const STRIDE = isFullSize ? 1 : 8;

/** Erasures that are broken off at once, of different people. */
const AT_ONCE = 8;

const mongodbUri = testDatabase();
const place = testRedis();
let engine: RunEngine;
let redis: Redis;
beforeAll(async () => {
  engine = await startRunEngine({ mongodbUri, redis: place });
  redis = new Redis(place.url);
});
afterAll(async () => {
  redis.disconnect();
  await engine.close();
});

const request = (who: Canary) => ({ projectId: PROJECT, person: parsePerson(keyOf(who)), dryRun: false });

const holders = (who: Canary) => holdersOf(engine.database, redis, place.prefix, Object.values(who));

/** Another process: a connection of its own, which is told of each command. */
async function connect(): Promise<Database> {
  const appName = engine.database.appName;
  const connection = mongoose.createConnection(mongodbUri, {
    appName,
    monitorCommands: true,
    bufferCommands: false,
    writeConcern: { w: 'majority', journal: true },
  });
  await connection.asPromise();
  const models = modelsOf(connection);
  return { connection, models, appName, ping: async () => {}, close: () => connection.close() };
}

/**
 * An erasure whose process is gone with its `step`th word to a store, which may or may not have been heard. Answers whether
 * it lived to its end.
 */
async function eraseUntil(who: Canary, step: number): Promise<'ended' | 'broken off'> {
  const database = await connect();
  const client = database.connection.getClient();
  let steps = 0;
  const isOver = () => {
    steps += 1;
    if (steps === step) void client.close(true);
    return steps >= step;
  };
  let session: unknown;
  client.on('commandStarted', ({ command }) => {
    session = command['lsid'];
    isOver();
  });
  const eventEraser: RunEventEraser = {
    forget: async (runs) => {
      if (isOver()) throw new Error('gone');
      await engine.queues.eventEraser.forget(runs);
    },
  };
  const erase = createPersonErasure({ ...createStores(database), eventEraser, clock: systemClock });
  try {
    await erase(request(who));
    return 'ended';
  } catch {
    // MongoDB ends a transaction of a process that is gone by itself, within a minute.
    if (session !== undefined) await engine.database.connection.db?.command({ killSessions: [session] });
    return 'broken off';
  } finally {
    await client.close(true);
  }
}

/** Breaks an erasure off, and has it done once more. */
async function breakOff(step: number): Promise<'ended' | 'broken off'> {
  const ada = newCanary();
  const bob = newCanary();
  await leaveTraces(engine, ada, bob);
  const outcome = await eraseUntil(ada, step);
  if (outcome === 'broken off') {
    const erase = createPersonErasure({ ...engine.stores, ...engine.queues, clock: systemClock });
    expect((await erase(request(ada))).threadsLeft, `after step ${step}`).toBe(0);
  }
  expect(await holders(ada), `after step ${step}`).toEqual([]);
  expect(await holders(bob), `after step ${step}`).toContain('messages');
  return outcome;
}

test('an erasure that is broken off at any step is ended by the next one', async () => {
  let ended: number | null = null;
  for (let first = 1; ended === null; first += AT_ONCE * STRIDE) {
    const steps = Array.from({ length: AT_ONCE }, (_, index) => first + index * STRIDE);
    const outcomes = await Promise.all(steps.map(breakOff));
    ended = steps[outcomes.indexOf('ended')] ?? null;
  }
  // An erasure does many things one by one, and each was once the last.
  expect(ended).toBeGreaterThan(80);
});
