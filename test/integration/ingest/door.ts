import { randomUUID } from 'node:crypto';
import { parseConfig } from '../../../src/app/config/parse-config.ts';
import { ingestRules } from '../../../src/app/rules.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { noCrash } from '../../../src/core/crash-points.ts';
import { createIngest } from '../../../src/core/ingest/ingest.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Ingest, IncomingMessage, Pace } from '../../../src/core/ports.ts';
import { type Queues, openQueues } from '../../../src/queue/index.ts';
import { type Database, type Stores, createStores, openDatabase } from '../../../src/store/index.ts';
import { workflows } from '../../../src/workflows/registry.ts';
import { QUICK } from '../../fixtures/run-engine.ts';
import { testDatabase, testRedis } from '../../fixtures/stores.ts';
import { ECHO } from '../../fixtures/relay-service.ts';

export type Place = { mongodbUri: string; redis: { url: string; prefix: string } };

/** What one process that takes events in has: its own connections, its own memory. */
export type Door = {
  ingest: Ingest;
  stores: Stores;
  database: Database;
  queues: Queues;
  close(): Promise<void>;
};

/** A database and a part of Redis of their own. */
export function newPlace(): Place {
  return { mongodbUri: testDatabase(), redis: testRedis() };
}

/** Opens a door with connections of its own; `config` is the text of a threadrelay.yaml. */
export async function openDoor(
  place: Place,
  {
    config = ECHO,
    clock = systemClock,
    pace = null,
  }: { config?: string; clock?: Clock; pace?: Pace | null } = {},
): Promise<Door> {
  const database = await openDatabase({ uri: place.mongodbUri });
  const queues = await openQueues({
    ...place.redis,
    timings: QUICK,
    newId: randomUUID,
    onError: () => {},
  });
  const stores = createStores(database);
  const parsed = parseConfig(config, { file: 'test.yaml', workflows: [...workflows.keys()] });
  // One test person writes as many messages as a hundred real ones.
  const rules = { ...ingestRules(parsed), pace };
  const ingest = createIngest({
    ...stores,
    ...queues,
    clock,
    newId: randomUUID,
    timings: QUICK,
    crash: noCrash,
    logger: silentLogger,
    rules: () => rules,
  });
  return {
    ingest,
    stores,
    database,
    queues,
    async close() {
      await queues.close();
      await database.close();
    },
  };
}

/** A clock that stands still until it is moved. */
export function steppedClock(start = new Date()): Clock & { advance(ms: number): void } {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    sleep: systemClock.sleep,
    advance(ms) {
      now += ms;
    },
  };
}

/** How much of everything there is. */
export async function counts({ models }: Database): Promise<{
  threads: number;
  messages: number;
  runs: number;
  deliveries: number;
}> {
  const [threads, messages, runs, deliveries] = await Promise.all([
    models.threads.countDocuments(),
    models.messages.countDocuments({ role: 'human' }),
    models.runs.countDocuments(),
    models.deliveries.countDocuments(),
  ]);
  return { threads, messages, runs, deliveries };
}

/** Calls `each` for 0…count-1, `atOnce` of them at a time. */
export async function inBatches(
  count: number,
  atOnce: number,
  each: (index: number) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < count; first += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - first) }, (_, index) => first + index);
    await Promise.all(batch.map(each));
  }
}

/** A run of the message, or a test that says what came instead. */
export async function runOf(ingest: Ingest, message: IncomingMessage) {
  const result = await ingest.message(message);
  if (result.kind !== 'run') throw new Error(`no run: ${JSON.stringify(result)}`);
  return result;
}
