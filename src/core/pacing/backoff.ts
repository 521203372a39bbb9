/** First wait after a failure that names none. */
const FIRST_MS = 500;
/** No wait is longer: a platform that is back should be noticed within half a minute. */
const LONGEST_MS = 30_000;

/**
 * The wait before trying again after `failures` failures in a row (from 1), in whole ms: doubled each time, spread over
 * the upper half so that deliveries that failed together do not return together. `random` is in [0, 1). A wait that the
 * platform named is never shortened and is rounded up.
 */
export function retryDelay(failures: number, random: number, namedMs = 0): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.max(Math.ceil(namedMs), Math.ceil(full * (0.5 + random / 2)));
}

/** The waits of one caller, which tells when it has succeeded. */
export type Backoff = {
  /**
   * The wait after another failure, in whole ms. A platform that names its wait is well and is taken at its word; only
   * failures that name none make the next wait longer.
   */
  after(namedMs: number): number;
  reset(): void;
};

export function createBackoff(random: () => number): Backoff {
  let failures = 0;
  return {
    after(namedMs) {
      if (namedMs > 0) return retryDelay(1, random(), namedMs);
      failures += 1;
      return retryDelay(failures, random());
    },
    reset() {
      failures = 0;
    },
  };
}
