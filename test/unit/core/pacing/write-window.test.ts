import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_WINDOW,
  grantWrite,
  holdWrites,
  type PacedBudget,
  type WriteWindow,
} from '../../../../src/core/pacing/write-window.ts';

const budget: PacedBudget = { key: 'b', limit: 5, windowMs: 1_000, reserve: 2 };

const requests = fc.array(
  fc.record({
    gap: fc.nat(400),
    kind: fc.constantFrom('preview' as const, 'final' as const, 'post' as const),
  }),
  { maxLength: 80 },
);

describe('a shared write budget', () => {
  it('no window ever holds more writes than the limit, and no preview takes of the reserve', () => {
    fc.assert(
      fc.property(requests, (asked) => {
        let window: WriteWindow = EMPTY_WINDOW;
        let now = 0;
        const granted: number[] = [];
        for (const { gap, kind } of asked) {
          now += gap;
          const before = granted.filter((at) => at > now - budget.windowMs).length;
          const grant = grantWrite({ window, budget, kind, now });
          const most = kind === 'preview' ? budget.limit - budget.reserve : budget.limit;
          expect(grant.ok).toBe(before < most);
          if (!grant.ok) continue;
          window = grant.window;
          granted.push(now);
        }
      }),
    );
  });

  it('after the wait it names, and no sooner, a write is granted if nobody else came', () => {
    fc.assert(
      fc.property(requests, (asked) => {
        let window: WriteWindow = EMPTY_WINDOW;
        let now = 0;
        for (const { gap, kind } of asked) {
          now += gap;
          const grant = grantWrite({ window, budget, kind, now });
          if (grant.ok) window = grant.window;
          else {
            const retry = (wait: number) => grantWrite({ window, budget, kind, now: now + wait }).ok;
            expect(retry(grant.retryAfterMs)).toBe(true);
            expect(retry(grant.retryAfterMs - 1)).toBe(false);
          }
        }
      }),
    );
  });

  it('nobody writes before a Retry-After is over, and a shorter one does not end it', () => {
    const held = holdWrites(holdWrites(EMPTY_WINDOW, 30_000.4, 0), 1_000, 0);
    expect(grantWrite({ window: held, budget, kind: 'final', now: 30_000 })).toEqual({
      ok: false,
      retryAfterMs: 1,
    });
    expect(grantWrite({ window: held, budget, kind: 'final', now: 30_001 }).ok).toBe(true);
  });
});
