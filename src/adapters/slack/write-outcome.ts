import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import type { WriteOutcome } from '../../core/ports.ts';
import { REFUSAL_SENTENCES, VERDICTS } from './refusals.ts';

export type FailedWrite = Exclude<WriteOutcome<never>, { kind: 'done' }>;

/** A post made twice is seen twice; whatever else we do may be repeated without harm. */
export type Repeatable = 'repeatable' | 'once';

/** Wait after a fault of the net or of Slack that names no time. */
const FAULT_WAIT_MS = 1_000;
const LEAST_RATE_LIMIT_WAIT_MS = 1_000;

/** Errors of a connection that was never made: nothing was sent. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Maps whatever a Web API call threw to how the write ended. Never throws. */
export function outcomeOfError(error: unknown, repeatable: Repeatable): FailedWrite {
  if (error instanceof WebAPIRateLimitedError) return limited(error.retryAfter);
  if (error instanceof WebAPIPlatformError) {
    const wait = error.data.response_metadata?.['retryAfter'];
    return outcomeOfCode(error.data.error, typeof wait === 'number' ? wait : undefined, repeatable);
  }
  if (error instanceof WebAPIHTTPError) {
    if (error.statusCode >= 500) return unsure(`Slack answered with HTTP ${error.statusCode}.`, repeatable);
    return refused('invalid', `HTTP ${error.statusCode}`);
  }
  if (error instanceof WebAPIRequestError && neverConnected(error.original)) {
    return again('Slack cannot be reached.');
  }
  return unsure('Slack gave no answer.', repeatable);
}

/** The error code of an `{ok: false}` answer, or undefined for other errors. */
export function slackErrorCode(error: unknown): string | undefined {
  return error instanceof WebAPIPlatformError ? error.data.error : undefined;
}

function outcomeOfCode(code: string, waitSeconds: number | undefined, repeatable: Repeatable): FailedWrite {
  const verdict = Object.hasOwn(VERDICTS, code) ? VERDICTS[code] : undefined;
  switch (verdict) {
    case undefined:
      // The client puts the body of an answer that is no JSON here, as a proxy's error page.
      if (!/^[a-z0-9_]{1,64}$/.test(code)) return unsure('Slack gave an answer that is none.', repeatable);
      return refused('invalid', code);
    case 'limited':
      return limited(waitSeconds ?? 30);
    case 'again':
      return again(`Slack cannot do it just now (${code}).`);
    case 'unsure':
      return unsure(`Slack failed (${code}).`, repeatable);
    default:
      return refused(verdict, code);
  }
}

function neverConnected(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && NEVER_CONNECTED.has(cause.code)) return true;
  }
  return false;
}

function limited(waitSeconds: number): FailedWrite {
  const waitMs = Math.max(waitSeconds * 1000, LEAST_RATE_LIMIT_WAIT_MS);
  return { kind: 'retryable', waitMs, rateLimited: true, sentence: 'Slack asks to wait.' };
}

function again(sentence: string): FailedWrite {
  return { kind: 'retryable', waitMs: FAULT_WAIT_MS, rateLimited: false, sentence };
}

function unsure(sentence: string, repeatable: Repeatable): FailedWrite {
  return repeatable === 'repeatable' ? again(sentence) : { kind: 'ambiguous', sentence };
}

function refused(reason: keyof typeof REFUSAL_SENTENCES, code: string): FailedWrite {
  return { kind: 'rejected', reason, sentence: `${REFUSAL_SENTENCES[reason]} (${code})` };
}
