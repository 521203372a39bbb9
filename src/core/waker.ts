import type { Clock } from './clock.ts';

export type Waker = {
  /** Ends the wait under way, or the next one if there is none. */
  wake(): void;
  /** Resolves after `ms`, or when woken. */
  wait(ms: number): Promise<void>;
};

/** Given as the reason of an abort: one that is made anew each time carries a stack trace, and a relay is woken often. */
const WOKEN = 'woken';

/** Lets a loop sleep until something happens, and never misses what happened between two sleeps. */
export function createWaker(clock: Pick<Clock, 'sleep'>): Waker {
  let woken = false;
  let sleeping: AbortController | null = null;
  return {
    wake() {
      woken = true;
      sleeping?.abort(WOKEN);
    },
    async wait(ms) {
      if (!woken && ms > 0) {
        sleeping = new AbortController();
        await clock.sleep(ms, sleeping.signal);
        sleeping = null;
      }
      woken = false;
    },
  };
}
