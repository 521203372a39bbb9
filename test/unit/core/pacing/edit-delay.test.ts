import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../../../src/core/pacing/backoff.ts';
import { editInterval, nextEditDelay } from '../../../../src/core/pacing/edit-delay.ts';

const budget = { key: 'slack:T1:chat.update', limit: 48, windowMs: 61_000, reserve: 8 };

describe('the time between previews', () => {
  it('is nothing before the first', () => {
    expect(nextEditDelay({ now: 5, lastEditAt: null, shares: [{ budget, activeDeliveries: 30 }] })).toBe(0);
  });

  it('grows with the deliveries that share the budget and shrinks as they end', () => {
    const interval = (activeDeliveries: number) => editInterval([{ budget, activeDeliveries }]);
    expect(interval(1)).toBe(1_525);
    expect(interval(30)).toBe(45_750);
    expect(interval(2)).toBeLessThan(interval(3));
    expect(nextEditDelay({ now: 10_000, lastEditAt: 9_000, shares: [{ budget, activeDeliveries: 2 }] })).toBe(
      2_050,
    );
    expect(nextEditDelay({ now: 99_000, lastEditAt: 9_000, shares: [{ budget, activeDeliveries: 2 }] })).toBe(
      0,
    );
  });

  it('is that of the tightest of several budgets, and never flickers', () => {
    const global = { key: 'discord:global', limit: 45, windowMs: 1_000, reserve: 10 };
    const thread = { key: 'discord:1:edit', limit: 5, windowMs: 5_000, reserve: 2 };
    const shares = (all: number) => [
      { budget: global, activeDeliveries: all },
      { budget: thread, activeDeliveries: 1 },
    ];
    expect(editInterval(shares(1))).toBe(1_667);
    expect(editInterval(shares(100))).toBe(2_858);
    expect(editInterval([{ budget: global, activeDeliveries: 1 }])).toBe(800);
  });
});

describe('the wait after a failure', () => {
  it('doubles up to half a minute, spread over its upper half', () => {
    expect([1, 2, 3, 9].map((failures) => retryDelay(failures, 0))).toEqual([250, 500, 1_000, 15_000]);
    expect(retryDelay(20, 0.999)).toBeLessThanOrEqual(30_000);
  });

  it('is never shorter than what the platform named, to the millisecond', () => {
    expect(retryDelay(1, 0, 30_000.2)).toBe(30_001);
  });
});
