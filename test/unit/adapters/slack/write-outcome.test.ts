import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { expect, test } from 'vitest';
import { VERDICTS } from '../../../../src/adapters/slack/refusals.ts';
import { outcomeOfError } from '../../../../src/adapters/slack/write-outcome.ts';

const platform = (error: string) => new WebAPIPlatformError({ ok: false, error });
const network = (code: string) => {
  const cause = Object.assign(new Error(code), { code });
  return new WebAPIRequestError(new TypeError('fetch failed', { cause }));
};

test('a refused connection is surely not done and may be repeated, for posts too', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT']) {
    expect(outcomeOfError(network(code), 'once')).toMatchObject({ kind: 'retryable', rateLimited: false });
  }
});

test('a fault after sending makes a post ambiguous and an edit retryable', () => {
  const faults = [
    network('ECONNRESET'),
    network('UND_ERR_SOCKET'),
    new WebAPIRequestError(new DOMException('timed out', 'TimeoutError')),
    new WebAPIHTTPError(503, 'Service Unavailable', {}),
    platform('internal_error'),
    platform('fatal_error'),
    platform('<html>Bad gateway</html>'),
    new TypeError('terminated'),
    'thrown text',
  ];
  for (const fault of faults) {
    expect(outcomeOfError(fault, 'once').kind).toBe('ambiguous');
    expect(outcomeOfError(fault, 'repeatable')).toMatchObject({ kind: 'retryable', rateLimited: false });
  }
});

test('a 429 says how long to wait, to the second', () => {
  for (const repeatable of ['once', 'repeatable'] as const) {
    const outcome = outcomeOfError(new WebAPIRateLimitedError(30), repeatable);
    expect(outcome).toMatchObject({ kind: 'retryable', waitMs: 30_000, rateLimited: true });
    expect(outcomeOfError(platform('ratelimited'), repeatable)).toMatchObject({ rateLimited: true });
  }
});

test('every refusal has one meaning and a sentence', () => {
  for (const [code, verdict] of Object.entries(VERDICTS)) {
    const outcome = outcomeOfError(platform(code), 'once');
    expect(outcome.sentence).not.toBe('');
    if (verdict === 'again' || verdict === 'limited') expect(outcome.kind).toBe('retryable');
    else if (verdict === 'unsure') expect(outcome.kind).toBe('ambiguous');
    else expect(outcome).toMatchObject({ kind: 'rejected', reason: verdict });
  }
  expect(outcomeOfError(platform('something_new'), 'once')).toMatchObject({
    kind: 'rejected',
    reason: 'invalid',
  });
  expect(outcomeOfError(platform('toString'), 'repeatable').kind).toBe('retryable');
});
