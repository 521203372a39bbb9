import { describe, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { endOfAttempt, exhausted } from '../../../../src/core/runs/attempt-end.ts';

const limits = { maxAttempts: 3, attemptBackoffMs: 500, runTimeoutMs: 600_000 };
const threw = (error: unknown, attempt: number) => endOfAttempt({ kind: 'threw', error }, attempt, limits);
const busy = new ThreadrelayError('model_failed', 'The model is overloaded.', { retryable: true });

describe('what becomes of an attempt', () => {
  test('a retryable error is tried again after a doubling wait, until the attempts are used up', () => {
    expect(threw(busy, 1)).toEqual({ kind: 'retry', waitMs: 500, countsAsAttempt: true });
    expect(threw(busy, 2)).toEqual({ kind: 'retry', waitMs: 1_000, countsAsAttempt: true });
    expect(threw(busy, 3)).toEqual({
      kind: 'settle',
      status: 'failed',
      keepsText: false,
      error: {
        code: 'model_failed',
        message: 'The model is overloaded. Send your message again to retry.',
      },
    });
  });

  test('a wait that the model asked for is obeyed to the millisecond', () => {
    const limited = new ThreadrelayError('model_failed', 'Slow down.', {
      retryable: true,
      retryAfterMs: 7_123,
    });
    expect(threw(limited, 1)).toMatchObject({ waitMs: 7_123 });
  });

  test('an error that will not go away fails the run at once, with its own sentence', () => {
    const refused = new ThreadrelayError('model_failed', 'The model refused to answer.');
    expect(threw(refused, 1)).toMatchObject({
      status: 'failed',
      error: { message: 'The model refused to answer. Send your message again to retry.' },
    });
  });

  test('a defect is tried again, and what a person reads of it tells nothing of its inside', () => {
    const defect = new TypeError('cannot read properties of undefined (reading "apiKey")');
    expect(threw(defect, 1)).toMatchObject({ kind: 'retry' });
    expect(threw(defect, 3)).toMatchObject({
      error: {
        code: 'internal',
        message: 'Something went wrong on our side. Send your message again to retry.',
      },
    });
  });

  test('a drain gives the run back at once and does not count; an overtaken attempt writes nothing', () => {
    expect(endOfAttempt({ kind: 'drained' }, 3, limits)).toEqual({
      kind: 'retry',
      waitMs: 0,
      countsAsAttempt: false,
    });
    expect(endOfAttempt({ kind: 'overtaken' }, 1, limits)).toEqual({ kind: 'abandon' });
  });

  test('an interrupt keeps what was said, a rollback forgets it', () => {
    const end = (action: 'interrupt' | 'rollback') => endOfAttempt({ kind: 'cancelled', action }, 1, limits);
    expect(end('interrupt')).toMatchObject({ status: 'cancelled', keepsText: true, error: null });
    expect(end('rollback')).toMatchObject({ status: 'cancelled', keepsText: false, error: null });
  });

  test('a timeout and used-up attempts are failures that a person can read', () => {
    expect(endOfAttempt({ kind: 'timed_out' }, 1, limits)).toMatchObject({ kind: 'retry' });
    expect(endOfAttempt({ kind: 'timed_out' }, 3, limits)).toMatchObject({
      status: 'timed_out',
      error: { message: expect.stringContaining('10 min') },
    });
    expect(exhausted(3)).toMatchObject({
      status: 'failed',
      error: { code: 'attempts_exhausted', message: expect.stringContaining('3 times') },
    });
  });
});
