import type { Clock } from '../../core/clock.ts';
import { outcomeOfError } from './write-outcome.ts';
import { CALLS_A_MINUTE } from './limits.ts';

/** The window in which Slack counts calls. */
const MINUTE_MS = 60_000;
/** A call that fails so often in a row is left to the next look. */
const MOST_TRIES = 6;

export type PacedCalls = <T>(method: string, call: () => Promise<T>) => Promise<T>;

/**
 * Makes reading calls that keep to Slack's limits: spread over the minute, a `Retry-After` obeyed to the second, faults
 * tried again a few times. @throws the call's error when it is definite, was had too often, or the signal fires.
 */
export function createPacedCalls(clock: Clock, signal: AbortSignal): PacedCalls {
  const made = new Map<string, number[]>();

  async function takeTurn(method: string): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = clock.now().getTime();
      const recent = (made.get(method) ?? []).filter((at) => at > now - MINUTE_MS);
      made.set(method, recent);
      const [first] = recent;
      if (first === undefined || recent.length < CALLS_A_MINUTE) {
        recent.push(now);
        return;
      }
      await clock.sleep(first + MINUTE_MS - now + 1, signal);
    }
  }

  return async (method, call) => {
    for (let tries = 1; ; tries += 1) {
      await takeTurn(method);
      try {
        return await call();
      } catch (error) {
        const outcome = outcomeOfError(error, 'repeatable');
        if (outcome.kind !== 'retryable' || tries >= MOST_TRIES) throw error;
        await clock.sleep(outcome.rateLimited ? outcome.waitMs : outcome.waitMs * tries, signal);
      }
    }
  };
}
