import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { DeliveryStore, Doorbells, RunStore, ThreadDirectory, ThreadStore } from '../../core/ports.ts';
import type { Timings } from '../../core/timings.ts';
import { LIMITS } from '../../core/limits.ts';
import { createExpiry } from './expiry.ts';

export type SweepFindings = { threads: number; deliveries: number };

export type Sweeper = {
  /** One sweep: rings for what should have been taken up and was not. */
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
  doorbells: Doorbells;
  clock: Clock;
  random: () => number;
  timings: Pick<Timings, 'sweepMs' | 'overdueMs' | 'expiryMs' | 'heartbeatStaleMs'>;
  logger: Logger;
  /** Told of each sweep; null when it failed. */
  onSwept?: (findings: SweepFindings | null) => void;
}): Sweeper {
  const { runs, deliveries, doorbells, clock, random, timings, logger } = parts;
  const stopping = new AbortController();
  const deleteExpired = createExpiry(parts);

  async function sweep(): Promise<SweepFindings> {
    const now = clock.now();
    const before = new Date(now.getTime() - timings.overdueMs);
    const staleBefore = new Date(now.getTime() - timings.heartbeatStaleMs);
    const [threads, open] = await Promise.all([
      runs.overdueThreads(before, staleBefore, LIMITS.sweepBatch),
      deliveries.overdue(now, before, LIMITS.sweepBatch),
    ]);
    await Promise.all([
      ...threads.map((threadId) => doorbells.ringThread(threadId)),
      ...open.map((ref) => doorbells.ringDelivery(ref, true)),
    ]);
    return { threads: threads.length, deliveries: open.length };
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
        if (found.threads + found.deliveries > 0) {
          logger.info({ ...found }, 'the sweep found work that nobody had taken up');
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
