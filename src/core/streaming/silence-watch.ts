import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { RunStore } from '../ports.ts';
import type { RunRef } from '../runs/run.ts';
import type { Timings } from '../timings.ts';

export type SilenceWatch = {
  /**
   * Calls `onRest` when nothing was heard of the run for `silenceCheckMs` and it has ended (or is gone) or waits for people,
   * unless `stop` was called.
   */
  watch(ref: RunRef, onRest: () => void): { heard(): void; stop(): void };
};

type Watched = { ref: RunRef; heardAt: number; onRest: () => void };

/** Runs of one question. */
const MOST_ASKED = 500;

/**
 * Finds the ends and pauses that no event tells, as when Redis lost them or the run was cancelled before it was begun: one question
 * to the database, every `silenceCheckMs`, about all runs of this process that have been silent for so long.
 */
export function createSilenceWatch(parts: {
  runs: Pick<RunStore, 'underWayAmong'>;
  clock: Clock;
  timings: Pick<Timings, 'silenceCheckMs'>;
  logger: Logger;
}): SilenceWatch {
  const { runs, clock, timings, logger } = parts;
  const watched = new Set<Watched>();
  let stopped: AbortController | null = null;
  const now = () => clock.now().getTime();

  async function run(signal: AbortSignal): Promise<void> {
    for (;;) {
      // Twice in the time, so that silence is noticed when it is half as long again at the latest.
      await clock.sleep(timings.silenceCheckMs / 2, signal);
      if (signal.aborted) return;
      const silent = [...watched].filter(({ heardAt }) => now() - heardAt >= timings.silenceCheckMs);
      for (let index = 0; index < silent.length; index += MOST_ASKED) {
        await ask(silent.slice(index, index + MOST_ASKED));
      }
    }
  }

  async function ask(silent: readonly Watched[]): Promise<void> {
    const refs = new Map(silent.map(({ ref }) => [ref.runId, ref]));
    try {
      const underWay = new Set(await runs.underWayAmong([...refs.values()], clock.now()));
      for (const each of silent) {
        each.heardAt = now();
        if (!underWay.has(each.ref.runId) && watched.has(each)) each.onRest();
      }
    } catch (error) {
      logger.warn({ err: error, runs: refs.size }, 'silent runs could not be looked up; they will be again');
    }
  }

  return {
    watch({ threadId, runId }, onRest) {
      const each: Watched = { ref: { threadId, runId }, heardAt: now(), onRest };
      watched.add(each);
      if (stopped === null) {
        stopped = new AbortController();
        void run(stopped.signal);
      }
      return {
        heard() {
          each.heardAt = now();
        },
        stop() {
          if (!watched.delete(each) || watched.size > 0) return;
          stopped?.abort();
          stopped = null;
        },
      };
    },
  };
}
