import type { Clock } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import { retryDelay } from '../../core/pacing/backoff.ts';

/** What was seen on the platform is not forgotten because the database is away. @throws what will not pass */
export async function untilStored<T>(
  { clock, random, signal }: { clock: Pick<Clock, 'sleep'>; random: () => number; signal: AbortSignal },
  store: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await store();
    } catch (error) {
      const retryable = error instanceof ThreadrelayError && error.retryable;
      if (!retryable || signal.aborted) throw error;
      await clock.sleep(retryDelay(tries, random()), signal);
    }
  }
}
