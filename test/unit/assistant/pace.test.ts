import { describe, expect, test } from 'vitest';
import { createPace } from '../../../src/assistant/pace.ts';

function virtualClock() {
  let ms = 1_000;
  const slept: number[] = [];
  return {
    slept,
    set: (to: number) => (ms = to),
    now: () => new Date(ms),
    sleep: async (left: number) => {
      slept.push(left);
      ms += left;
    },
  };
}

describe('the pace of a model', () => {
  test('a piece that is taken late puts none behind it off', async () => {
    const clock = virtualClock();
    const pace = createPace(clock);

    await pace(10);
    clock.set(1_034);
    await pace(10);
    await pace(10);
    await pace(10);

    expect(clock.slept).toEqual([10, 6]);
    expect(clock.now().getTime()).toBe(1_040);
  });

  test('nothing waits longer than asked for, though the clock is set back', async () => {
    const clock = virtualClock();
    const pace = createPace(clock);

    await pace(10);
    clock.set(0);
    await pace(10);

    expect(clock.slept).toEqual([10, 10]);
  });
});
