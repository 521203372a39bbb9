import { afterAll, afterEach } from 'vitest';
import { TIMINGS } from '../../src/core/timings.ts';
import { type RelayService, startRelayService } from '../fixtures/relay-service.ts';
import type { WorkerProcess, WorkerProcessOptions } from './spawn-worker.ts';
import { WORDS } from './words.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

export type WorkerHouses = {
  pool: WorkerPool;
  /** The platforms are heard in this process; runs and deliveries are the business of processes that die. */
  open(): Promise<RelayService>;
  /** Has a house that was started otherwise closed with the others. */
  add(house: RelayService): void;
  /** A process that executes and relays; those who reach its crash point before the last wait there. */
  worker(
    house: RelayService,
    crash?: Pick<WorkerProcessOptions, 'crashAt' | 'nth' | 'signal'>,
  ): WorkerProcess;
  /** Those that are open. */
  readonly all: readonly RelayService[];
};

/** The houses of one test file. They are closed after each of its tests, and the processes killed after the last. */
export function useWorkerHouses(): WorkerHouses {
  const pool = createWorkerPool(2);
  const houses: RelayService[] = [];
  afterEach(async () => {
    await Promise.all(houses.splice(0).map((house) => house.close()));
  });
  afterAll(() => pool.close());
  return {
    pool,
    all: houses,
    async open() {
      const house = await startRelayService({
        config: WORDS,
        roles: [['slack', 'discord']],
        slack: { limits: false },
        timings: TIMINGS,
      });
      houses.push(house);
      return house;
    },
    add: (house) => {
      houses.push(house);
    },
    worker: ({ environment }, crash = {}) =>
      pool.spawn({
        environment,
        config: WORDS,
        roles: ['worker'],
        timings: TIMINGS,
        hold: true,
        ...crash,
      }),
  };
}
