import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Logger } from '../../core/logger.ts';
import type { RetentionKind, RetentionRounds, RetentionTarget } from '../../core/ports.ts';
import type { Timings } from '../../core/timings.ts';

/** Days by what is kept, of each project; a kind that is not there is kept for ever. */
export type RetentionLimits = ReadonlyMap<string, ReadonlyMap<RetentionKind, number>>;

/** How much was erased of each kind in one project. */
export type Retained = { projectId: string; erased: Partial<Record<RetentionKind, number>> };

export type Retention = {
  /** Erases what is too old in the projects whose turn it is, until there is nothing more of it. */
  carryOut(): Promise<Retained[]>;
  stop(): Promise<void>;
};

const DAY_MS = 86_400_000;

/**
 * Ends what a project's configuration says is too old to be kept. Every worker process looks; whose turn it is, is decided in
 * the database. What a process leaves when it dies is found in the next round: that it is still there is all the state.
 */
export function createRetention(parts: {
  retention: readonly RetentionTarget[];
  retentionRounds: RetentionRounds;
  retentionLimits: () => RetentionLimits;
  clock: Clock;
  random: () => number;
  timings: Pick<Timings, 'retentionMs'>;
  logger: Logger;
}): Retention {
  const { retention, retentionRounds, retentionLimits, clock, random, timings, logger } = parts;
  const stopping = new AbortController();

  async function eraseAll(target: RetentionTarget, projectId: string, before: Date): Promise<number> {
    let erased = 0;
    for (;;) {
      const some = await target.eraseBefore(projectId, before, LIMITS.retentionBatch, clock.now());
      erased += some;
      if (some < LIMITS.retentionBatch || stopping.signal.aborted) return erased;
    }
  }

  async function retain(projectId: string, limits: ReadonlyMap<RetentionKind, number>): Promise<Retained> {
    const now = clock.now().getTime();
    const erased: Retained['erased'] = {};
    for (const target of retention) {
      const days = limits.get(target.kind);
      if (days === undefined || stopping.signal.aborted) continue;
      const count = await eraseAll(target, projectId, new Date(now - days * DAY_MS));
      if (count > 0) erased[target.kind] = count;
    }
    if (Object.keys(erased).length > 0) {
      logger.info({ projectId, ...erased }, 'what was too old to be kept is erased');
    }
    return { projectId, erased };
  }

  async function carryOut(): Promise<Retained[]> {
    const done: Retained[] = [];
    for (const [projectId, limits] of retentionLimits()) {
      if (limits.size === 0 || stopping.signal.aborted) continue;
      const now = clock.now();
      const until = new Date(now.getTime() + timings.retentionMs);
      if (!(await retentionRounds.claim(projectId, now, until))) continue;
      done.push(await retain(projectId, limits));
    }
    return done;
  }

  async function keepCarryingOut(): Promise<void> {
    for (;;) {
      // Spread by a quarter, as sweeps are.
      await clock.sleep(timings.retentionMs * (0.875 + random() / 4), stopping.signal);
      if (stopping.signal.aborted) return;
      await carryOut().catch((error: unknown) => {
        logger.warn({ err: error }, 'what is too old was not all erased; the next round will');
      });
    }
  }

  const ended = keepCarryingOut();
  return {
    carryOut,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
