import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { expect, test } from 'vitest';
import { createPacedCalls } from '../../../../src/adapters/slack/paced-calls.ts';
import type { Clock } from '../../../../src/core/clock.ts';
import { promise } from '../../../fixtures/promise.ts';

/** Time that passes only by sleeping. */
function sleepingClock(): Clock {
  let now = 1_700_000_000_000;
  return {
    now: () => new Date(now),
    sleep: async (ms) => {
      now += ms;
    },
  };
}

test('no minute ever holds more calls of a method than Slack allows', async () => {
  const clock = sleepingClock();
  const calls = createPacedCalls(clock, new AbortController().signal);
  const made: number[] = [];
  for (let call = 0; call < 200; call += 1) await calls('a', async () => made.push(clock.now().getTime()));
  for (const start of made) {
    expect(made.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(50);
  }
});

promise(22, 'by what reads from Slack', { tries: 100, timeoutMs: 20_000 }, async ({ count, once }) => {
  const obeyed = async () => {
    const clock = sleepingClock();
    const calls = createPacedCalls(clock, new AbortController().signal);
    const made: number[] = [];
    await calls('a', async () => {
      made.push(clock.now().getTime());
      if (made.length === 1) throw new WebAPIRateLimitedError(30);
    });
    expect((made[1] ?? 0) - (made[0] ?? 0)).toBeGreaterThanOrEqual(30_000);
  };
  for (let run = 0; run < count; run += 1) await once(obeyed);
});

test('a definite refusal is not tried again; a fault is, a few times', async () => {
  const calls = createPacedCalls(sleepingClock(), new AbortController().signal);
  let tries = 0;
  const failing = (error: string) => () => {
    tries += 1;
    return Promise.reject(new WebAPIPlatformError({ ok: false, error }));
  };
  await expect(calls('a', failing('not_in_channel'))).rejects.toThrow('not_in_channel');
  expect(tries).toBe(1);
  await expect(calls('a', failing('internal_error'))).rejects.toThrow('internal_error');
  expect(tries).toBe(7);
});
