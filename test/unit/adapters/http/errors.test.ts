import { describe, expect, test } from 'vitest';
import { ApiError, ERROR_STATUS, toErrorAnswer } from '../../../../src/adapters/http/errors.ts';
import { ThreadrelayError } from '../../../../src/core/errors.ts';

describe('what was thrown is answered', () => {
  test('as it is when the asker did it', () => {
    const error = new ApiError('invalid_input', 'name must be text.', { field: 'name' });

    expect(toErrorAnswer(error)).toEqual({
      status: 422,
      retryAfterMs: undefined,
      body: { error: { code: 'invalid_input', message: 'name must be text.', details: { field: 'name' } } },
    });
  });

  test('with its code when it is of the house, and without its facts, which are for the log', () => {
    const error = new ThreadrelayError('conflict', 'It is there.', { details: { field: 'a', secret: 'x' } });

    expect(toErrorAnswer(error).body.error).toEqual({
      code: 'conflict',
      message: 'It is there.',
      details: { field: 'a' },
    });
  });

  test('without a word of it when it is a fault of ours', () => {
    for (const thrown of [
      new Error('password=x'),
      'password=x',
      null,
      new ThreadrelayError('stale_attempt', 'password=x'),
    ]) {
      expect(toErrorAnswer(thrown)).toEqual({
        status: 500,
        retryAfterMs: undefined,
        body: { error: { code: 'internal', message: 'Something went wrong on our side.' } },
      });
    }
  });

  test('with the time to wait when a store is away', () => {
    expect(toErrorAnswer(new ThreadrelayError('store_unavailable', 'Away.'))).toMatchObject({
      status: 503,
      retryAfterMs: 1_000,
    });
    expect(
      toErrorAnswer(new ThreadrelayError('queue_unavailable', 'Away.', { retryAfterMs: 7_000 })),
    ).toMatchObject({ status: 503, retryAfterMs: 7_000 });
  });
});

test('every code has a status of HTTP that is no success', () => {
  for (const status of Object.values(ERROR_STATUS)) expect(status).toBeGreaterThanOrEqual(400);
});
