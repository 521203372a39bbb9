import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type {
  DeliveryStore,
  Doorbells,
  LeftTransactions,
  RunStore,
  ThreadDirectory,
  ThreadStore,
} from '../../core/ports.ts';
import type { Timings } from '../../core/timings.ts';
import { LIMITS } from '../../core/limits.ts';
import { createExpiry } from './expiry.ts';

export type SweepFindings = { threads: number; deliveries: number; transactions: number };

export type Sweeper = {
  /** One sweep: rings for what should have been taken up and was not, and frees what a dead process holds in the database. */
  sweep(): Promise<SweepFindings>;
  /** Deletes threads whose time is over, and answers how many. */
  deleteExpired(): Promise<number>;
  stop(): Promise<void>;
};

/**
 * Finds in the database what a lost doorbell or a dead worker left behind. Every worker process sweeps: rings are
 * deduplicated and claims are guarded, so that more sweepers cost little and none is missed when one dies.
 */
export function createSweeper(parts: {
  runs: RunStore;
  deliveries: DeliveryStore;
  directory: Pick<ThreadDirectory, 'expired'>;
  threads: Pick<ThreadStore, 'delete'>;
  leftTransactions: LeftTransactions;
  doorbells: Doorbells;
  clock: Clock;
  random: () => number;
  timings: Pick<Timings, 'sweepMs' | 'overdueMs' | 'expiryMs' | 'heartbeatStaleMs'>;
  logger: Logger;
  /** Told of each sweep; null when it failed. */
  onSwept?: (findings: SweepFindings | null) => void;
}): Sweeper {
  const { runs, deliveries, leftTransactions, doorbells, clock, random, timings, logger } = parts;
  const stopping = new AbortController();
  const deleteExpired = createExpiry(parts);
  let isToldThatItFails = false;

  /** Never fails a sweep: some services of MongoDB do not answer what it asks. */
  async function freeThreads(): Promise<number> {
    try {
      const rolledBack = await leftTransactions.rollBack(timings.heartbeatStaleMs);
      isToldThatItFails = false;
      return rolledBack;
    } catch (error) {
      if (!isToldThatItFails) {
        logger.warn(
          { err: error },
          'transactions of dead processes cannot be ended; MongoDB does, within 90 s',
        );
      }
      isToldThatItFails = true;
      return 0;
    }
  }

  async function sweep(): Promise<SweepFindings> {
    const now = clock.now();
    const before = new Date(now.getTime() - timings.overdueMs);
    const staleBefore = new Date(now.getTime() - timings.heartbeatStaleMs);
    const [transactions, threads, open] = await Promise.all([
      freeThreads(),
      runs.overdueThreads(before, staleBefore, LIMITS.sweepBatch),
      deliveries.overdue(now, before, LIMITS.sweepBatch),
    ]);
    await Promise.all([
      ...threads.map((threadId) => doorbells.ringThread(threadId)),
      ...open.map((ref) => doorbells.ringDelivery(ref, true)),
    ]);
    return { threads: threads.length, deliveries: open.length, transactions };
  }

  /** Waits for about so long, and answers whether to go on. Spread by a quarter, so that processes are not in step. */
  async function hasWaited(ms: number): Promise<boolean> {
    await clock.sleep(ms * (0.875 + random() / 4), stopping.signal);
    return !stopping.signal.aborted;
  }

  async function keepSweeping(): Promise<void> {
    while (await hasWaited(timings.sweepMs)) {
      try {
        const found = await sweep();
        parts.onSwept?.(found);
        if (found.threads + found.deliveries + found.transactions > 0) {
          logger.info({ ...found }, 'the sweep found what nobody took care of');
        }
      } catch (error) {
        parts.onSwept?.(null);
        logger.warn({ err: error }, 'a sweep failed; the next one will look again');
      }
    }
  }

  async function keepDeleting(): Promise<void> {
    while (await hasWaited(timings.expiryMs)) {
      try {
        const deleted = await deleteExpired(stopping.signal);
        if (deleted > 0) logger.info({ deleted }, 'threads whose time was over are deleted');
      } catch (error) {
        logger.warn({ err: error }, 'threads whose time is over were not deleted; they will be tried again');
      }
    }
  }

  const ended = Promise.all([keepSweeping(), keepDeleting()]);
  return {
    sweep,
    deleteExpired: () => deleteExpired(stopping.signal),
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
