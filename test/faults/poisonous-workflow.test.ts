import { afterAll, afterEach, expect } from 'vitest';
import { TIMINGS } from '../../src/core/timings.ts';
import { isFullSize, promise } from '../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../fixtures/relay-service.ts';
import { type Conversation, faithful, settled } from '../integration/delivery/conversations.ts';
import { askBoth, expectFaultless } from './asked.ts';
import { type Poison, POISONS } from './poisonous-workflow.ts';
import type { WorkerProcess } from './spawn-worker.ts';
import { WORDS } from './words.ts';
import { createWorkerPool } from './worker-pool.ts';

const HEALTHY = isFullSize ? 100 : 30;
const PROCESSES = 2;
/** A hung attempt is given up after this; the healthy answers take a second, and more on a busy machine. */
const timings = { ...TIMINGS, runTimeoutMs: isFullSize ? 12_000 : 8_000 };
/** Those that were killed twice beside a poison are on their last chance, which they have one after the other. */
const SETTLED_WITHIN_MS = 180_000;

/** What a person reads in the end, by poison. */
const ERRORS: Record<Poison, { status: string; code: string }> = {
  throw: { status: 'failed', code: 'internal' },
  hang: { status: 'timed_out', code: 'timed_out' },
  kill: { status: 'failed', code: 'attempts_exhausted' },
};

const pool = createWorkerPool(2);
let houses: RelayService[] = [];
let stopped = false;
afterEach(async () => {
  stopped = true;
  await Promise.all(houses.map((house) => house.close()));
  houses = [];
});
afterAll(() => pool.close());

promise(17, '', { tries: 30, inCi: 1, timeoutMs: 900_000 }, async ({ count, once }) => {
  // A process that dies takes the attempts of others with it, so that poison comes where no attempt is counted.
  const rounds = [
    { poisons: ['throw', 'hang'], mostAttempts: 1 },
    { poisons: ['kill'], mostAttempts: TIMINGS.maxAttempts },
  ] as const;
  await Promise.all(
    rounds.map(async ({ poisons, mostAttempts }) => {
      const house = await openHouse();
      for (let tries = 0; tries < count; tries += POISONS.length) {
        // Given poisonous runs in the midst of healthy ones
        const before = askBoth(house, HEALTHY / 2);
        const poisoned = poisons.flatMap((poison) =>
          askBoth(house, 1, poison).map((talk) => ({ poison, talk })),
        );
        const after = askBoth(house, HEALTHY / 2);
        // Then each poison is tried three times and told once
        await Promise.all(poisoned.map(({ poison, talk }) => once(() => expectTold(house, poison, talk))));
        // And the others are answered
        await Promise.all([...before, ...after].map((talk) => expectAnswered(house, talk, mostAttempts)));
      }
      await expectFaultless([house]);
    }),
  );
});

/** The platforms are heard here; in place of each worker process that dies a new one is started. */
async function openHouse(): Promise<RelayService> {
  const house = await startRelayService({
    config: WORDS,
    roles: [['slack', 'discord']],
    slack: { limits: false },
    discord: { limits: { global: { count: 500, windowMs: 1_000 } } },
    timings,
  });
  houses.push(house);
  stopped = false;
  await Promise.all(Array.from({ length: PROCESSES }, () => keepUp(house).ready));
  return house;
}

async function expectTold(here: RelayService, poison: Poison, talk: Conversation): Promise<void> {
  const end = await settled(here, talk, SETTLED_WITHIN_MS);
  const { status, error, attempt } = end.run;
  expect({ status, code: error?.code }).toEqual(ERRORS[poison]);
  // Three processes have died; the claim after them only says so.
  expect(attempt).toBe(poison === 'kill' ? 4 : 3);
  const { got, wanted } = faithful(talk, end);
  expect(got).toEqual(wanted);
  expect(talk.shown()).toEqual([`⚠️ ${error?.message}`]);
}

async function expectAnswered(here: RelayService, talk: Conversation, mostAttempts: number): Promise<void> {
  const end = await settled(here, talk, SETTLED_WITHIN_MS);
  const { status, attempt, lostAttempts = 0 } = end.run;
  expect(status).toBe('succeeded');
  expect({ attempt, lostAttempts }).toEqual({ attempt: Math.min(attempt, mostAttempts), lostAttempts });
  const { got, wanted } = faithful(talk, end);
  expect(got).toEqual(wanted);
  expect(talk.shown()).toHaveLength(1);
}

function keepUp(house: RelayService): WorkerProcess {
  const { environment } = house;
  const worker = pool.spawn({ environment, config: WORDS, roles: ['worker'], timings, poisonous: true });
  void worker.ended.then(() => {
    if (!stopped) keepUp(house);
  });
  return worker;
}
