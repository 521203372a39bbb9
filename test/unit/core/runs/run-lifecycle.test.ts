import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import {
  isTerminal,
  nextRunStatus,
  RUN_STATUSES,
  RUN_TRANSITIONS,
  type RunStatus,
  type RunTransition,
  statusesAllowing,
} from '../../../../src/core/runs/run-lifecycle.ts';
import { promise } from '../../../fixtures/promise.ts';

/** The life of a run as design.md tells it, written down a second time and another way: by where each step leads. */
const ALLOWED: readonly (readonly [RunStatus, RunTransition, RunStatus])[] = [
  ['queued', 'claim', 'running'],
  ['queued', 'cancel', 'cancelled'],
  ['queued', 'fail', 'failed'],
  ['running', 'reclaim', 'running'],
  ['running', 'release', 'queued'],
  ['running', 'succeed', 'succeeded'],
  ['running', 'fail', 'failed'],
  ['running', 'time_out', 'timed_out'],
  ['running', 'cancel', 'cancelled'],
];

const ENDS: readonly RunStatus[] = ['succeeded', 'failed', 'timed_out', 'cancelled'];

const commands = fc.array(fc.constantFrom(...RUN_TRANSITIONS), { minLength: 1, maxLength: 30 });

/** As many in CI: they take less than a second. */
const SEQUENCES = 10_000;

promise(10, 'the life of a run', { tries: SEQUENCES, timeoutMs: 20_000 }, async ({ passed }) => {
  fc.assert(
    fc.property(commands, (sequence) => {
      let status: RunStatus = 'queued';
      let end: RunStatus | null = null;
      for (const command of sequence) {
        const expected = ALLOWED.find(([from, step]) => from === status && step === command)?.[2] ?? null;
        const next = nextRunStatus(status, command);
        expect(next).toBe(expected);
        if (end !== null) expect(next).toBeNull();
        status = next ?? status;
        if (ENDS.includes(status)) end = status;
        expect(isTerminal(status)).toBe(end !== null);
      }
      if (end !== null) expect(status).toBe(end);
    }),
    { numRuns: SEQUENCES },
  );
  passed(SEQUENCES);
});

test('a guarded update filters by exactly the states that allow its transition', () => {
  for (const transition of RUN_TRANSITIONS) {
    const allowing = RUN_STATUSES.filter((status) => nextRunStatus(status, transition) !== null);
    expect(statusesAllowing(transition)).toEqual(allowing);
  }
});

test('every state can be left for an end, and every end can be reached', () => {
  const reachable = (from: RunStatus): Set<RunStatus> => {
    const seen = new Set<RunStatus>([from]);
    for (const status of seen) {
      for (const transition of RUN_TRANSITIONS) {
        const next = nextRunStatus(status, transition);
        if (next !== null) seen.add(next);
      }
    }
    return seen;
  };
  expect(reachable('queued')).toEqual(new Set(RUN_STATUSES));
  for (const status of ['queued', 'running'] as const) {
    expect([...reachable(status)].some(isTerminal)).toBe(true);
  }
});
