import { toThreadrelayError } from '../errors.ts';
import type { RunOutcome } from '../ports.ts';
import type { CancelAction, RunError } from './run.ts';

/** How an attempt's execution stopped. */
export type AttemptStop =
  | { kind: 'finished' }
  /** People are asked, and the run waits for them. */
  | { kind: 'asked' }
  | { kind: 'cancelled'; action: CancelAction }
  | { kind: 'timed_out' }
  /** The process stops: another one is to do it again, and it was nobody's fault. */
  | { kind: 'drained' }
  /** A newer attempt owns the run. */
  | { kind: 'overtaken' }
  | { kind: 'threw'; error: unknown };

export type AttemptEnd =
  | { kind: 'settle'; status: RunOutcome['status']; keepsText: boolean; error: RunError | null }
  | { kind: 'retry'; waitMs: number; countsAsAttempt: boolean }
  | { kind: 'wait' }
  | { kind: 'abandon' };

const RETRY_HINT = 'Send your message again to retry.';

/** What becomes of a run whose attempt has stopped. `attempt` counts from 1. */
export function endOfAttempt(
  stop: AttemptStop,
  attempt: number,
  limits: { maxAttempts: number; attemptBackoffMs: number; runTimeoutMs: number },
): AttemptEnd {
  switch (stop.kind) {
    case 'finished':
      return { kind: 'settle', status: 'succeeded', keepsText: true, error: null };
    case 'asked':
      return { kind: 'wait' };
    case 'cancelled':
      return { kind: 'settle', status: 'cancelled', keepsText: stop.action === 'interrupt', error: null };
    case 'timed_out': {
      if (attempt < limits.maxAttempts) return retryAfter(backoff(attempt, limits));
      const minutes = Math.max(1, Math.round(limits.runTimeoutMs / 60_000));
      return failed('timed_out', {
        code: 'timed_out',
        message: `I tried ${limits.maxAttempts} times, and the answer was not ready after ${minutes} min each time. ${RETRY_HINT}`,
      });
    }
    case 'drained':
      return { kind: 'retry', waitMs: 0, countsAsAttempt: false };
    case 'overtaken':
      return { kind: 'abandon' };
    case 'threw': {
      const error = toThreadrelayError(stop.error);
      const mayRetry = error.retryable || error.code === 'internal';
      if (mayRetry && attempt < limits.maxAttempts) {
        return retryAfter(error.retryAfterMs ?? backoff(attempt, limits));
      }
      // It is of no use to ask again before the budget is renewed, which the sentence tells.
      if (error.code === 'budget_spent')
        return failed('failed', { code: error.code, message: error.message });
      return failed('failed', { code: error.code, message: `${error.message} ${RETRY_HINT}` });
    }
  }
}

function backoff(attempt: number, limits: { attemptBackoffMs: number }): number {
  return limits.attemptBackoffMs * 2 ** (attempt - 1);
}

function retryAfter(waitMs: number): AttemptEnd {
  return { kind: 'retry', waitMs, countsAsAttempt: true };
}

/** A run whose workers died, attempt after attempt. */
export function exhausted(maxAttempts: number): AttemptEnd {
  return failed('failed', {
    code: 'attempts_exhausted',
    message: `I tried ${maxAttempts} times to answer and was cut off each time. ${RETRY_HINT}`,
  });
}

function failed(status: 'failed' | 'timed_out', error: RunError): AttemptEnd {
  return { kind: 'settle', status, keepsText: false, error };
}
