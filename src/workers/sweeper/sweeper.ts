import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { DeliveryStore, Doorbells, RunStore, ThreadDirectory, ThreadStore } from '../../core/ports.ts';
import type { Timings } from '../../core/timings.ts';
import { LIMITS } from '../../core/limits.ts';

export type SweepFindings = { threads: number; deliveries: number; deleted: number };

export type Sweeper = {
  /** One sweep: rings for what should have been taken up and was not, and deletes threads whose time is over. */
  sweep(): Promise<SweepFindings>;
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
  timings: Pick<Timings, 'sweepMs' | 'overdueMs' | 'heartbeatStaleMs'>;
  logger: Logger;
  /** Told of each sweep; null when it failed. */
  onSwept?: (findings: SweepFindings | null) => void;
}): Sweeper {
  const { runs, deliveries, directory, doorbells, clock, random, timings, logger } = parts;
  const stopping = new AbortController();

  async function sweep(): Promise<SweepFindings> {
    const now = clock.now();
    const before = new Date(now.getTime() - timings.overdueMs);
    const staleBefore = new Date(now.getTime() - timings.heartbeatStaleMs);
    const [threads, open, expired] = await Promise.all([
      runs.overdueThreads(before, staleBefore, LIMITS.sweepBatch),
      deliveries.overdue(now, before, LIMITS.sweepBatch),
      directory.expired(now, LIMITS.deletionBatch),
    ]);
    await Promise.all([
      ...threads.map((threadId) => doorbells.ringThread(threadId)),
      ...open.map((ref) => doorbells.ringDelivery(ref, true)),
    ]);
    let deleted = 0;
    for (const threadId of expired) if (await parts.threads.delete(threadId, now)) deleted += 1;
    return { threads: threads.length, deliveries: open.length, deleted };
  }

  async function keepSweeping(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Spread by a quarter, so that many processes do not sweep in step.
      await clock.sleep(timings.sweepMs * (0.875 + random() / 4), stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        const found = await sweep();
        parts.onSwept?.(found);
        if (found.deleted > 0)
          logger.info({ deleted: found.deleted }, 'threads whose time was over are deleted');
        if (found.threads + found.deliveries > 0) {
          logger.info({ ...found }, 'the sweep found work that nobody had taken up');
        }
      } catch (error) {
        parts.onSwept?.(null);
        logger.warn({ err: error }, 'a sweep failed; the next one will look again');
      }
    }
  }

  const swept = keepSweeping();
  return {
    sweep,
    async stop() {
      stopping.abort();
      await swept;
    },
  };
}
