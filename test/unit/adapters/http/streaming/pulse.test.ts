import { expect, test } from 'vitest';
import { createPulse } from '../../../../../src/adapters/http/streaming/pulse.ts';

/** A clock whose sleepers wake when the test says so. */
function sleepers() {
  const asleep = new Set<() => void>();
  const slept: number[] = [];
  return {
    slept,
    get count() {
      return asleep.size;
    },
    clock: {
      sleep: (ms: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          slept.push(ms);
          const wake = () => {
            asleep.delete(wake);
            resolve();
          };
          asleep.add(wake);
          signal?.addEventListener('abort', wake, { once: true });
        }),
    },
    async wake() {
      for (const wake of asleep) wake();
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
  };
}

test('one timer calls all who joined, in its interval', async () => {
  const sleeping = sleepers();
  const pulse = createPulse(sleeping.clock, 5_000);
  const called: string[] = [];
  const beat = () => called.push('twice');
  pulse.join(beat);
  pulse.join(beat);
  pulse.join(() => called.push('once'));
  expect(sleeping.count).toBe(1);
  expect(called).toEqual([]);
  await sleeping.wake();
  expect(called).toEqual(['twice', 'twice', 'once']);
  expect(sleeping.slept).toEqual([5_000, 5_000]);
});

test('there is no timer while nobody has joined, and one again for whoever comes later', async () => {
  const sleeping = sleepers();
  const pulse = createPulse(sleeping.clock, 5_000);
  const called: number[] = [];
  expect(sleeping.count).toBe(0);
  const leave = [1, 2].map((each) => pulse.join(() => called.push(each)));
  leave[0]?.();
  leave[0]?.();
  expect(sleeping.count).toBe(1);
  leave[1]?.();
  await sleeping.wake();
  expect(sleeping.count).toBe(0);
  pulse.join(() => called.push(3));
  expect(sleeping.count).toBe(1);
  await sleeping.wake();
  expect(called).toEqual([3]);
});
