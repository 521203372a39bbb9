import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, it } from 'vitest';
import {
  advancePacer,
  decide,
  NEW_PACER,
  PACER_TRANSITIONS,
  type PacerInput,
  type PacerState,
} from '../../../../src/core/pacing/edit-pacer.ts';

const INTERVAL_MS = 1_000;

type Fate =
  | { kind: 'done' }
  | { kind: 'retryable'; waitMs: number }
  | { kind: 'ambiguous'; landed: boolean; readFails: number }
  | { kind: 'refused' }
  | { kind: 'no-room'; waitMs: number };

const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.constant<Fate>({ kind: 'done' }),
  fc.record({ kind: fc.constant('retryable'), waitMs: fc.double({ min: 0, max: 30_000, noNaN: true }) }),
  fc.record({ kind: fc.constant('ambiguous'), landed: fc.boolean(), readFails: fc.nat(2) }),
  fc.constant<Fate>({ kind: 'refused' }),
  fc.record({ kind: fc.constant('no-room'), waitMs: fc.nat(5_000) }),
);

const plan = fc.record({
  /** The stream: how long after the text before each text comes. */
  gaps: fc.array(fc.nat(1_500), { minLength: 1, maxLength: 30 }),
  /** What becomes of the writes, in order; after these all are done. */
  fates: fc.array(fate, { maxLength: 25 }),
  latencies: fc.array(fc.nat(3_000), { minLength: 1, maxLength: 10 }),
  repeats: fc.boolean(),
});

type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** Plays a plan against the pacer, as the delivery worker would, and checks each call to the platform. */
function play({ gaps, fates, latencies, repeats }: Plan) {
  let state: PacerState = NEW_PACER;
  let now = 0;
  let shown: string | null = null;
  let inFlight = 0;
  let writes = 0;
  let forbiddenUntil = 0;
  const replies: { at: number; run: () => void }[] = [];
  const stream: { at: number; text: string; last: boolean }[] = [];
  let clock = 0;
  gaps.forEach((gap, index) => {
    clock += gap;
    stream.push({
      at: clock,
      text: repeats ? `t${index >> 1}` : `t${index}`,
      last: index === gaps.length - 1,
    });
  });
  const final = stream.at(-1)?.text;
  const take = (input: PacerInput) => {
    state = advancePacer(state, input, now);
  };
  const latency = () => 1 + (latencies[writes % latencies.length] ?? 0);
  const answer = (run: () => void) => {
    inFlight += 1;
    expect(inFlight).toBe(1);
    replies.push({
      at: now + latency(),
      run: () => {
        inFlight -= 1;
        run();
      },
    });
  };
  let readFails = 0;

  const act = () => {
    const action = decide(state, now, INTERVAL_MS);
    if (action.do === 'wait') expect(action.until).toBeGreaterThan(now);
    if (action.do === 'read-back') {
      expect(now).toBeGreaterThanOrEqual(forbiddenUntil);
      take({ type: 'read-started' });
      answer(() => {
        readFails -= 1;
        if (readFails >= 0) take({ type: 'read-failed', waitMs: 100 });
        else take({ type: 'read', text: shown });
      });
    }
    if (action.do !== 'write') return action;
    expect(now).toBeGreaterThanOrEqual(forbiddenUntil);
    const { text } = action;
    const next = fates.shift() ?? { kind: 'done' };
    if (next.kind === 'no-room') {
      take({ type: 'postponed', write: action.final ? 'final' : 'preview', waitMs: next.waitMs + 1 });
      return action;
    }
    writes += 1;
    take({ type: 'started', text });
    answer(() => {
      if (next.kind === 'retryable') {
        forbiddenUntil = Math.max(forbiddenUntil, now + next.waitMs);
        take({ type: 'retryable', waitMs: next.waitMs });
      } else if (next.kind === 'ambiguous') {
        readFails = next.readFails;
        if (next.landed) shown = text;
        take({ type: 'ambiguous' });
      } else if (next.kind === 'refused' && !action.final && text !== final) {
        take({ type: 'rejected', fatal: false });
      } else {
        shown = text;
        take({ type: 'done' });
      }
    });
    return action;
  };

  for (let step = 0; step < 5_000; step += 1) {
    const action = act();
    const times = [replies[0]?.at, stream[0]?.at, action.do === 'wait' ? action.until : undefined];
    if (action.do === 'write' || action.do === 'read-back') times.push(now);
    const next = Math.min(...times.filter((at) => at !== undefined));
    if (next === Number.POSITIVE_INFINITY) break;
    now = Math.max(now, next);
    const [reply] = replies;
    if (reply !== undefined && reply.at <= now) {
      replies.shift();
      reply.run();
    } else if (stream[0] !== undefined && stream[0].at <= now) {
      const { text, last } = stream[0];
      stream.shift();
      take({ type: last ? 'ended' : 'text', text });
    }
  }
  return { state, shown, final, writes, now };
}

describe('pacing the edits of one delivery', () => {
  it('whatever becomes of its writes, the last text shown is the final one; one call at a time, none too early', () => {
    fc.assert(
      fc.property(plan, (given) => {
        const { state, shown, final } = play({ ...given, fates: [...given.fates] });
        expect(shown).toBe(final);
        expect(state.phase).toBe('finished');
      }),
      { numRuns: process.env['FULL'] === '1' ? 20_000 : 2_000 },
    );
  });

  it('the first preview goes out at once, the next after the interval, with the latest text only', () => {
    let state = advancePacer(NEW_PACER, { type: 'text', text: 'a' }, 0);
    expect(decide(state, 0, INTERVAL_MS)).toEqual({ do: 'write', text: 'a', final: false });
    state = advancePacer(state, { type: 'started', text: 'a' }, 0);
    state = advancePacer(state, { type: 'text', text: 'ab' }, 10);
    expect(decide(state, 10, INTERVAL_MS)).toEqual({ do: 'nothing' });
    state = advancePacer(state, { type: 'done' }, 20);
    state = advancePacer(state, { type: 'text', text: 'abc' }, 30);
    expect(decide(state, 30, INTERVAL_MS)).toEqual({ do: 'wait', until: 1_000 });
    expect(decide(state, 1_000, INTERVAL_MS)).toEqual({ do: 'write', text: 'abc', final: false });
  });

  it('a final waits neither for the interval nor for the previews of its budget', () => {
    let state = advancePacer(NEW_PACER, { type: 'text', text: 'a' }, 0);
    state = advancePacer(state, { type: 'started', text: 'a' }, 0);
    state = advancePacer(state, { type: 'done' }, 1);
    state = advancePacer(state, { type: 'postponed', write: 'preview', waitMs: 9_000 }, 2);
    state = advancePacer(state, { type: 'ended', text: 'b' }, 3);
    expect(decide(state, 3, INTERVAL_MS)).toEqual({ do: 'write', text: 'b', final: true });
  });

  it('a preview of the whole text is no final, for it is rendered otherwise; a final is not written again', () => {
    let state = advancePacer(NEW_PACER, { type: 'text', text: 'a' }, 0);
    state = advancePacer(state, { type: 'started', text: 'a' }, 0);
    state = advancePacer(state, { type: 'done' }, 1);
    state = advancePacer(state, { type: 'ended', text: 'a' }, 2);
    expect(decide(state, 2, INTERVAL_MS)).toEqual({ do: 'write', text: 'a', final: true });
    state = advancePacer(state, { type: 'started', text: 'a' }, 2);
    state = advancePacer(state, { type: 'done' }, 3);
    expect(state.phase).toBe('finished');
    expect(decide(state, 3, INTERVAL_MS)).toEqual({ do: 'nothing' });
  });

  it('a Retry-After is obeyed to the millisecond, rounded up, by finals too', () => {
    let state = advancePacer(NEW_PACER, { type: 'ended', text: 'a' }, 0);
    state = advancePacer(state, { type: 'started', text: 'a' }, 0);
    state = advancePacer(state, { type: 'retryable', waitMs: 1_337.2 }, 100);
    expect(decide(state, 1_437, INTERVAL_MS)).toEqual({ do: 'wait', until: 1_438 });
    expect(decide(state, 1_438, INTERVAL_MS)).toEqual({ do: 'write', text: 'a', final: true });
  });

  it('a fatal refusal ends the pacing, and so does the refusal of the final text', () => {
    for (const fatal of [true, false]) {
      let state = advancePacer(NEW_PACER, { type: 'ended', text: 'a' }, 0);
      state = advancePacer(state, { type: 'started', text: 'a' }, 0);
      state = advancePacer(state, { type: 'rejected', fatal }, 1);
      expect(state.phase).toBe('failed');
      expect(decide(state, 99_999, INTERVAL_MS)).toEqual({ do: 'nothing' });
    }
  });

  it('an input that the table does not allow is an error; finished and failed are terminal', () => {
    const outcomes = ['done', 'ambiguous'] as const;
    for (const type of outcomes) expect(() => advancePacer(NEW_PACER, { type }, 0)).toThrow(/cannot take/);
    for (const phase of ['finished', 'failed'] as const) {
      expect(new Set(Object.values(PACER_TRANSITIONS[phase]))).toEqual(new Set([phase]));
    }
  });
});
