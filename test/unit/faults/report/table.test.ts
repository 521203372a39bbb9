import { expect, test } from 'vitest';
import { promiseReport, promiseTable, withReport } from '../../../faults/report/table.ts';

const rows = [
  { n: 1, name: 'One', tries: 10_000, failures: 0, worst_ms: 0 },
  { n: 2, name: 'Two', tries: 7, failures: 1, worst_ms: 41_249 },
  { n: 3, name: 'Three', tries: 1, failures: 0, worst_ms: 61 },
];

test('a row tells the promise, its tries, its failures and the worst time, where one was taken', () => {
  expect(promiseTable(rows).split('\n').slice(2)).toEqual([
    '| 1 | One | 10,000 | 0 |  |',
    '| 2 | Two | 7 | 1 | 41.2 s |',
    '| 3 | Three | 1 | 0 | 61 ms |',
    '',
  ]);
});

test('a report says on what the figures were made, and by which command', () => {
  const report = promiseReport(rows, {
    command: 'npm run faults -- 1 2 3',
    cores: 2,
    memoryGib: 16,
    node: '24.1.0',
    date: '2025-01-31',
    minutes: 3,
  });

  expect(report).toMatch(
    /^`npm run faults -- 1 2 3` on 2025-01-31: 2 cores, 16 GiB, Node 24\.1\.0, 3 minutes\.\n\n\| /,
  );
});

test('a report takes the place of the one before, and leaves the rest of the page', () => {
  const page = 'before\n<!-- faults: begin -->\nold\n<!-- faults: end -->\nafter\n';
  const written = withReport(page, 'new\n');

  expect(written).toBe('before\n<!-- faults: begin -->\n\nnew\n\n<!-- faults: end -->\nafter\n');
  expect(withReport(written, 'new\n')).toBe(written);
});

test('a page without a place for the report is refused', () => {
  expect(() => withReport('nothing <!-- faults: begin -->', 'new')).toThrow('faults: end');
});
