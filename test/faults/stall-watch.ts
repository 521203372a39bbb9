/** Times at which this process could not run, so that what it measures of others is not blamed for them. */
export type StallWatch = {
  /** Milliseconds of the span in which this process stood still; times as of `Date.now`. */
  within(from: number, to: number): number;
  stop(): void;
};

const TICK_MS = 10;

/** Looks at the clock every 10 ms; a tick that comes late by more than as much is a stall. */
export function watchStalls(): StallWatch {
  const stalls: { from: number; to: number }[] = [];
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > 2 * TICK_MS) stalls.push({ from: last + TICK_MS, to: now });
    last = now;
  }, TICK_MS);
  return {
    within: (from, to) =>
      stalls.reduce(
        (sum, stall) => sum + Math.max(0, Math.min(to, stall.to) - Math.max(from, stall.from)),
        0,
      ),
    stop: () => clearInterval(timer),
  };
}
