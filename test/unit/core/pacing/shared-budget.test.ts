import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, it, vi } from 'vitest';
import { editInterval } from '../../../../src/core/pacing/edit-delay.ts';
import { advancePacer, decide, NEW_PACER, type PacerState } from '../../../../src/core/pacing/edit-pacer.ts';
import {
  EMPTY_WINDOW,
  grantWrite,
  type PacedBudget,
  type WriteWindow,
} from '../../../../src/core/pacing/write-window.ts';

vi.setConfig({ testTimeout: process.env['FULL'] === '1' ? 120_000 : 20_000 });

/** 38 s, not 40: a final granted in the last moment still travels. */
const SLACK_UPDATES: PacedBudget = {
  key: 'slack:T1:chat.update',
  limit: 48,
  windowMs: 61_000,
  reserve: 8,
  finals: { count: 30, withinMs: 38_000 },
};
/** What the platform itself counts: 50 arrivals in any 60 s. */
const PLATFORM = { limit: 50, windowMs: 60_000 };
const TICK_MS = 50;

type Stream = { startsAt: number; endsAt: number };
type Delivery = Stream & {
  pacer: PacerState;
  finalAt: number | null;
  previews: number[];
  answersAt: number | null;
};

/** Streams of 20 tokens a second against one budget, in ticks of one token. Latencies come from `random`. */
function simulate(streams: readonly Stream[], random: () => number, untilMs: number) {
  const deliveries: Delivery[] = streams.map((stream) => ({
    ...stream,
    pacer: NEW_PACER,
    finalAt: null,
    previews: [],
    answersAt: null,
  }));
  let window: WriteWindow = EMPTY_WINDOW;
  const arrivals: number[] = [];
  for (let now = 0; now <= untilMs; now += TICK_MS) {
    const active = deliveries.filter(({ startsAt, pacer }) => startsAt <= now && pacer.phase !== 'finished');
    const intervalMs = editInterval([{ budget: SLACK_UPDATES, activeDeliveries: active.length }]);
    for (const delivery of active) {
      if (delivery.answersAt !== null && delivery.answersAt <= now) {
        if (delivery.pacer.inFlight?.final) delivery.finalAt = now;
        else delivery.previews.push(now);
        delivery.pacer = advancePacer(delivery.pacer, { type: 'done' }, now);
        delivery.answersAt = null;
      }
      const text = `${Math.min(now, delivery.endsAt)}`;
      const ended = now >= delivery.endsAt;
      delivery.pacer = advancePacer(delivery.pacer, { type: ended ? 'ended' : 'text', text }, now);
      const action = decide(delivery.pacer, now, intervalMs);
      if (action.do !== 'write') continue;
      const kind = action.final ? 'final' : 'preview';
      const grant = grantWrite({ window, budget: SLACK_UPDATES, kind, now });
      if (!grant.ok) {
        const input = { type: 'postponed', write: kind, waitMs: grant.retryAfterMs } as const;
        delivery.pacer = advancePacer(delivery.pacer, input, now);
        continue;
      }
      window = grant.window;
      const delayMs = 20 + random() * 800;
      arrivals.push(now + delayMs);
      delivery.answersAt = now + delayMs + 20;
      delivery.pacer = advancePacer(delivery.pacer, { type: 'started', text: action.text }, now);
    }
  }
  return { deliveries, arrivals: arrivals.sort((a, b) => a - b) };
}

function refusals(arrivals: readonly number[]): number {
  return arrivals.filter((at, index) => {
    const oldest = arrivals[index - PLATFORM.limit];
    return oldest !== undefined && oldest > at - PLATFORM.windowMs;
  }).length;
}

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const scenario = fc.record({
  seed: fc.nat(),
  /** All streams start within this time … */
  startSpreadMs: fc.constantFrom(0, 2_000, 60_000),
  /** … the first ends no sooner than this after the last start … */
  steadyMs: fc.constantFrom(500, 5_000, 20_000, 60_000, 180_000),
  /** … and the last this much later. */
  endSpreadMs: fc.constantFrom(0, 1_000, 20_000, 60_000),
});

describe('30 concurrent streams against 50 edits a minute', () => {
  it('no call is refused by the platform, and every final is shown within 40 s of its end', () => {
    fc.assert(
      fc.property(scenario, ({ seed, startSpreadMs, steadyMs, endSpreadMs }) => {
        const random = generator(seed);
        const streams = Array.from({ length: 30 }, () => ({
          startsAt: random() * startSpreadMs,
          endsAt: startSpreadMs + steadyMs + random() * endSpreadMs,
        }));
        const last = startSpreadMs + steadyMs + endSpreadMs + 60_000;
        const { deliveries, arrivals } = simulate(streams, random, last);
        expect(refusals(arrivals)).toBe(0);
        for (const { finalAt, endsAt } of deliveries) {
          expect((finalAt ?? Number.POSITIVE_INFINITY) - endsAt).toBeLessThanOrEqual(40_000);
        }
      }),
      { numRuns: process.env['FULL'] === '1' ? 500 : 40 },
    );
  });

  it('a single final of 30 streams at random moments is shown within a few seconds', () => {
    const random = generator(7);
    const streams = Array.from({ length: 30 }, () => ({
      startsAt: random() * 5_000,
      endsAt: 60_000 + random() * 240_000,
    }));
    const { deliveries } = simulate(streams, random, 400_000);
    const waits = deliveries.map(({ finalAt, endsAt }) => (finalAt ?? Number.POSITIVE_INFINITY) - endsAt);
    expect(Math.max(...waits)).toBeLessThan(2_000);
  });

  it('no stream starves: each is edited at least once in three of its intervals', () => {
    for (const seed of [1, 2, 3]) {
      const random = generator(seed);
      const streams = Array.from({ length: 30 }, () => ({ startsAt: random() * 3_000, endsAt: 600_000 }));
      const { deliveries } = simulate(streams, random, 600_000);
      const longest = deliveries.map(({ previews, startsAt }) => {
        const times = [startsAt, ...previews, 600_000];
        return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
      });
      expect(Math.max(...longest)).toBeLessThan(
        3 * editInterval([{ budget: SLACK_UPDATES, activeDeliveries: 30 }]),
      );
      const counts = deliveries.map(({ previews }) => previews.length);
      expect(Math.min(...counts)).toBeGreaterThan(Math.max(...counts) / 2);
    }
  });

  it('a lone stream is edited every second or two from its first token on', () => {
    const { deliveries } = simulate([{ startsAt: 0, endsAt: 120_000 }], generator(1), 130_000);
    const previews = deliveries[0]?.previews ?? [];
    expect(previews[0]).toBeLessThan(1_000);
    const gaps = previews.slice(1).map((at, index) => at - (previews[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(7_000);
    expect(previews.length).toBeGreaterThan(70);
  });
});
