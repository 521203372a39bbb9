import type { PromiseTally } from '../../fixtures/promise.ts';
import { promiseName } from '../promises.ts';

/** What a test run says of one test of a promise. */
export type PromiseTest = {
  n: number;
  outcome: 'passed' | 'failed' | 'skipped' | 'pending';
  /** Missing when the test never began. */
  tally: PromiseTally | undefined;
};

/** One row of the table: `worst_ms` is 0 where no time was taken. */
export type PromiseRow = { n: number; name: string; tries: number; failures: number; worst_ms: number };

/**
 * Adds up the tests of each wanted promise. A test that did not pass is one failure at least, though none of its tries
 * failed, and so is a promise without a test: nothing is missing in silence.
 */
export function sumTests(wanted: readonly number[], tests: readonly PromiseTest[]): PromiseRow[] {
  return wanted.map((n) => {
    const own = tests.filter((test) => test.n === n);
    const sum = (of: (test: PromiseTest) => number) => own.reduce((total, test) => total + of(test), 0);
    return {
      n,
      name: promiseName(n),
      tries: sum(({ tally }) => tally?.tries ?? 0),
      failures: own.length === 0 ? 1 : sum(failuresOf),
      worst_ms: Math.round(Math.max(0, ...own.map(({ tally }) => tally?.worstMs ?? 0))),
    };
  });
}

function failuresOf({ outcome, tally }: PromiseTest): number {
  const failures = tally?.failures ?? 0;
  return outcome === 'passed' ? failures : Math.max(1, failures);
}
