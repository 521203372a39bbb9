import type { Clock } from '../fakes/slack/index.ts';

/** The machine's time, pushed forward by jumps; timers that have begun are not touched. */
export function jumpingClock(): Clock & { jump(ms: number): void } {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    after(ms, action) {
      const timer = setTimeout(action, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
    jump(ms) {
      ahead += ms;
    },
  };
}
