import { expect, test } from 'vitest';
import { createBackoff } from '../../../../src/core/pacing/backoff.ts';

/** The most that `Math.random` gives. */
const latest = () => 1 - Number.EPSILON / 2;

test('failures that name no wait are waited for longer each time, up to half a minute, until there is a success', () => {
  const backoff = createBackoff(latest);
  const waits = Array.from({ length: 8 }, () => backoff.after(0));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  backoff.reset();
  expect(backoff.after(0)).toBe(500);
});

test('however often a platform says how long to wait, the wait does not grow beyond what it says', () => {
  const backoff = createBackoff(latest);
  for (let refusal = 0; refusal < 20; refusal += 1) expect(backoff.after(700)).toBe(700);
  expect(backoff.after(0)).toBe(500);
});

test('those who are told to wait for a moment do not all come back at its end', () => {
  const waits = [0, 0.5, 0.9].map((random) => createBackoff(() => random).after(10));
  expect(new Set(waits).size).toBe(3);
});
