import { expect, test } from 'vitest';
import { type PromiseTest, sumTests } from '../../../faults/report/sum-tests.ts';

function ran(n: number, tries: number, failures = 0, worstMs = 0): PromiseTest {
  return { n, outcome: failures > 0 ? 'failed' : 'passed', tally: { n, tries, failures, worstMs } };
}

test('the tests of one promise are added up, and the slowest try is told', () => {
  const [first, second] = sumTests([1, 2], [ran(1, 20, 0, 5.4), ran(2, 7), ran(1, 30, 2, 90.6), ran(1, 1)]);

  expect(first).toMatchObject({ n: 1, tries: 51, failures: 2, worst_ms: 91 });
  expect(second).toMatchObject({ n: 2, tries: 7, failures: 0, worst_ms: 0 });
});

test('a test that failed outside its tries is a failure', () => {
  const failed: PromiseTest = { ...ran(3, 50), outcome: 'failed' };

  expect(sumTests([3], [ran(3, 50), failed])).toMatchObject([{ tries: 100, failures: 1 }]);
});

test('a test that never began, or never ended, is a failure', () => {
  const skipped: PromiseTest = { n: 3, outcome: 'skipped', tally: undefined };
  const pending: PromiseTest = { n: 6, outcome: 'pending', tally: undefined };

  expect(sumTests([3, 6], [ran(3, 5), skipped, pending])).toMatchObject([
    { n: 3, tries: 5, failures: 1 },
    { n: 6, tries: 0, failures: 1 },
  ]);
});

test('a promise that no test was found for is a failure', () => {
  expect(sumTests([1, 2], [ran(1, 5)])).toMatchObject([
    { n: 1, failures: 0 },
    { n: 2, tries: 0, failures: 1 },
  ]);
});
