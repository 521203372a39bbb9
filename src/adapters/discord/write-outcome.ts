import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import type { WriteOutcome } from '../../core/ports.ts';
import type { ApiFault } from './api-faults.ts';
import { FAULTS, faultOfStatus, NEVER_SENT } from './api-faults.ts';

/** A call that did not end in `done`. */
export type Failure = Exclude<WriteOutcome<never>, { kind: 'done' }>;

/** How long to leave Discord alone after a failure that names no wait. */
const PAUSE_MS = 1_000;

/** The wait that Discord asked for: its `Retry-After`, or the bucket's reset if that is later. */
export function waitOf(error: RateLimitError): number {
  return Math.ceil(Math.max(error.retryAfter, error.timeToReset, error.sublimitTimeout, PAUSE_MS / 10));
}

/**
 * Maps what a REST call threw. `repeatable` says that doing it twice is harmless (edits, removals, reads): a server
 * error is then worth another try, where for a post it means that the message may stand there.
 */
export function failureOf(thrown: unknown, repeatable: boolean): Failure {
  if (thrown instanceof RateLimitError) {
    return {
      kind: 'retryable',
      waitMs: waitOf(thrown),
      rateLimited: true,
      firstBudgetOnly: !thrown.global,
      sentence: 'Discord asks to slow down.',
    };
  }
  if (thrown instanceof DiscordAPIError) return failureOfApi(thrown);
  if (thrown instanceof HTTPError) return failureOfServer(thrown.status, repeatable);
  return failureOfNetwork(thrown);
}

function failureOfApi(error: DiscordAPIError): Failure {
  const code = typeof error.code === 'number' ? error.code : Number.NaN;
  if (code === 50035 && JSON.stringify(error.rawError).includes('BASE_TYPE_MAX_LENGTH')) {
    return { kind: 'rejected', reason: 'too_long', sentence: 'The message is longer than Discord takes.' };
  }
  const fault = FAULTS[code] ?? faultOfStatus(error.status);
  return fault === null ? failureOfServer(error.status, false) : failureOfFault(fault);
}

function failureOfFault(fault: ApiFault): Failure {
  if (fault.kind === 'refusal') return { kind: 'rejected', reason: fault.reason, sentence: fault.sentence };
  return { kind: 'retryable', waitMs: fault.waitMs, rateLimited: true, sentence: fault.sentence };
}

function failureOfServer(status: number, repeatable: boolean): Failure {
  const sentence = `Discord failed with status ${status}.`;
  if (repeatable) return { kind: 'retryable', waitMs: PAUSE_MS, rateLimited: false, sentence };
  return { kind: 'ambiguous', sentence };
}

function failureOfNetwork(thrown: unknown): Failure {
  const code = codeOf(thrown);
  if (NEVER_SENT.has(code)) {
    return {
      kind: 'retryable',
      waitMs: PAUSE_MS,
      rateLimited: false,
      sentence: 'Discord cannot be reached.',
    };
  }
  return { kind: 'ambiguous', sentence: 'Discord did not answer in time.' };
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown.cause === undefined ? '' : codeOf(thrown.cause);
}
