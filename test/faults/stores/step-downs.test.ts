import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { incoming, type RunEngine } from '../../fixtures/run-engine.ts';
import { promise } from '../../fixtures/promise.ts';
import { testRedis, withDatabase } from '../../fixtures/stores.ts';
import { type Engines, startEngines } from './engines.ts';
import { type ReplicaSet, startReplicaSet } from './replica-set.ts';
import { allAnswered, tellEvents } from './told-events.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** An event is at least three majority writes (admission, claim, end), so this makes more than 50 writes a second. */
const EVENTS_PER_SECOND = 17;
/** After this what was acknowledged before is answered: an election, and the time after which a lost run is taken over. */
const ANSWERED_WITHIN_MS = 30_000;

/** So long a killed primary writes what reaches nobody: a write that did not wait for a majority is lost for sure. */
const LAG_MS = 500;

async function openSet(): Promise<ReplicaSet> {
  const set = await startReplicaSet();
  closing.push(() => set.stop());
  return set;
}

async function openEngines(set: ReplicaSet): Promise<Engines> {
  const engines = await startEngines({
    mongodbUri: withDatabase(set.uri, 'stepping'),
    redis: testRedis(),
  });
  closing.push(() => engines.close());
  return engines;
}

promise(27, '', { tries: 20, inCi: 1, timeoutMs: 900_000 }, async ({ count, once }) => {
  // Given events that come all the time
  const set = await openSet();
  const { first, second } = await openEngines(set);
  const teller = tellEvents([first.ingest, second.ingest], EVENTS_PER_SECOND);
  closing.push(() => teller.stop());
  await pause(1_000);
  for (let index = 0; index < count; index += 1) {
    await once(async () => {
      // When the primary steps down, or every other time is killed while the others lag behind
      const isKilled = index % 2 === 1;
      if (isKilled) await set.freezeSecondaries();
      if (isKilled) await pause(LAG_MS);
      const killed = isKilled ? await set.killPrimary() : null;
      if (killed === null) await set.stepDown();
      // Then whatever was acknowledged has its message, its run and its answer
      try {
        await allAnswered(first.database, new Set(teller.acknowledged), ANSWERED_WITHIN_MS);
      } finally {
        await killed?.revive();
      }
    });
  }
  await teller.stop();
  // And in the end so has everything, also what a node that came back had to forget
  expect(teller.acknowledged.size).toBeGreaterThan(EVENTS_PER_SECOND * 2);
  await allAnswered(first.database, teller.acknowledged, ANSWERED_WITHIN_MS);
});

test('an event that is told twice is not acknowledged by what a primary alone knows, and may then lose', async () => {
  const set = await openSet();
  const { first, second } = await openEngines(set);
  // Given a thread, and a primary whose writes reach nobody
  const known = incoming({ text: 'event before' });
  await first.ingest.message(known);
  await set.freezeSecondaries();
  // When an event is told to two processes, one after the other
  const event = incoming({ text: 'event at risk', thread: known.origin.thread });
  const acknowledged = new Set(['event before']);
  const tell = async (engine: RunEngine) => {
    const taken = await engine.ingest.message(event).catch(() => null);
    if (taken !== null) acknowledged.add(event.text);
  };
  const told = [tell(first)];
  await pause(500);
  told.push(tell(second));
  await pause(500);
  // Then neither has acknowledged it while it can still be lost
  expect([...acknowledged]).toEqual(['event before']);
  // And when it is lost, it is taken in anew, once
  await set.killPrimary();
  await Promise.all(told);
  await allAnswered(first.database, acknowledged, ANSWERED_WITHIN_MS);
}, 120_000);
