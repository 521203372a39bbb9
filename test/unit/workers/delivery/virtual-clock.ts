import type { Clock } from '../../../../src/core/clock.ts';

export type VirtualClock = Clock & {
  /** Runs `action` in `ms`. */
  after(ms: number, action: () => void): void;
  /** Lets time pass, from timer to timer, until the promise settles; rejects when it has not after a day. */
  runUntil<T>(promise: Promise<T>): Promise<T>;
};

const DAY_MS = 86_400_000;

/** Time that passes only when everybody sleeps, so that an hour takes as long as what is done in it. */
export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  const timers = new Set<{ due: number; order: number; action: () => void }>();
  let now = start;
  let order = 0;

  function after(ms: number, action: () => void): () => void {
    const timer = { due: now + Math.max(0, ms), order: (order += 1), action };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  return {
    now: () => new Date(now),
    after: (ms, action) => void after(ms, action),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const cancel = after(ms, resolve);
        signal?.addEventListener(
          'abort',
          () => {
            cancel();
            resolve();
          },
          { once: true },
        );
      }),
    async runUntil(promise) {
      let settled = false;
      const settle = () => {
        settled = true;
      };
      promise.then(settle, settle);
      for (;;) {
        // All continuations of what has happened so far run before the next timer.
        await new Promise((resolve) => setImmediate(resolve));
        if (settled) return promise;
        const [next] = [...timers].sort((a, b) => a.due - b.due || a.order - b.order);
        if (next === undefined) throw new Error('everybody waits, and nothing will wake them');
        timers.delete(next);
        now = Math.max(now, next.due);
        if (now > start + DAY_MS) throw new Error('it did not happen within a day');
        next.action();
      }
    },
  };
}
