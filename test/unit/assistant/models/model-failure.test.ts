import { expect, test } from 'vitest';
import { toModelFailure } from '../../../../src/assistant/models/model-failure.ts';

const NOW = new Date('2026-11-26T12:00:00Z');
const call = (facts: object) => toModelFailure(Object.assign(new Error('x'), facts), NOW);

test.each([
  [{ statusCode: 429 }, 'rate_limited'],
  [{ statusCode: 429, responseBody: '{"error":{"code":"insufficient_quota"}}' }, 'no_credit'],
  [{ statusCode: 400, message: 'Your credit balance is too low to access the API' }, 'no_credit'],
  [{ statusCode: 402 }, 'no_credit'],
  [{ statusCode: 401 }, 'key_refused'],
  [{ statusCode: 403 }, 'key_refused'],
  [{ statusCode: 404 }, 'unknown_model'],
  [{ statusCode: 413 }, 'too_long'],
  [{ statusCode: 400, message: 'prompt is too long: 210000 tokens > 200000 maximum' }, 'too_long'],
  [{ statusCode: 400, responseBody: '{"error":{"code":"context_length_exceeded"}}' }, 'too_long'],
  [{ statusCode: 400 }, 'refused'],
  [{ statusCode: 408 }, 'unavailable'],
  [{ statusCode: 529 }, 'unavailable'],
  [{ name: 'AI_JSONParseError' }, 'malformed'],
  [{ name: 'AI_TypeValidationError' }, 'malformed'],
  [{ message: 'terminated' }, 'cut'],
  [{ message: 'Cannot connect to API: connect ECONNREFUSED' }, 'unavailable'],
])('%o is %s', (facts, kind) => {
  expect(call(facts).kind).toBe(kind);
});

test.each([
  [{ type: 'overloaded_error', message: 'Overloaded' }, 'unavailable'],
  [{ error: { type: 'rate_limit_error', message: 'slow down' } }, 'rate_limited'],
  ['Rate limit reached', 'rate_limited'],
  [{ type: 'invalid_request_error', message: 'no' }, 'refused'],
  [undefined, 'unavailable'],
  [{ error: null }, 'unavailable'],
])('%o in a stream is %s', (told, kind) => {
  expect(toModelFailure(told, NOW).kind).toBe(kind);
});

test.each([
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after': 'Thu, 26 Nov 2026 12:00:07 GMT' }, 7_000],
  [{ 'retry-after': 'soon' }, null],
  [{}, null],
])('%o is to be waited for %s ms', (responseHeaders, ms) => {
  expect(call({ statusCode: 429, responseHeaders }).retryAfterMs).toBe(ms);
});

test('what a provider says of a key is not repeated, and all else is cut', () => {
  expect(call({ statusCode: 401, message: 'Incorrect API key provided: sk-abc' }).message).toBe('');
  expect(call({ statusCode: 500, message: 'x'.repeat(1_000) }).message).toHaveLength(300);
});
