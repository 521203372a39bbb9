import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { PROMISE_NUMBERS, promiseName } from './promises.ts';
import { findPromiseFiles } from './report/find-files.ts';
import { runTests } from './report/run-tests.ts';
import { sumTests } from './report/sum-tests.ts';
import { promiseReport, promiseTable, withReport } from './report/table.ts';

// `npm run faults -- [--json] [--tenth] [--seed NUMBER] [--workers COUNT] [--write PAGE] [PROMISE …]`: progress goes to
// stderr, the table to stdout. Ends with 1 when a promise is broken, or could not be tried.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    tenth: { type: 'boolean', default: false },
    seed: { type: 'string' },
    workers: { type: 'string', default: '1' },
    write: { type: 'string' },
  },
});
const given = positionals.map(Number);
for (const n of given) promiseName(n);
const wanted = given.length === 0 ? PROMISE_NUMBERS : PROMISE_NUMBERS.filter((n) => given.includes(n));
const workers = Number(values.workers);
if (values.seed !== undefined && !Number.isInteger(Number(values.seed)))
  throw new Error('--seed takes a number');
if (!Number.isInteger(workers) || workers < 1) throw new Error('--workers takes a number from 1');
// The page's table is written whole: a part of the promises, or a part of their size, would stand there for all.
if (values.write !== undefined && (given.length > 0 || values.tenth))
  throw new Error('--write takes all promises at full size: leave out the numbers and --tenth');
// Before an hour of tries, not after it.
if (values.write !== undefined) withReport(readFileSync(values.write, 'utf8'), '');

const root = new URL('../../', import.meta.url);
const say = (line: string) => process.stderr.write(`${line}\n`);
// Read by test/fixtures/promise.ts in the processes of the tests.
process.env['FULL'] = values.tenth ? '0' : '1';
if (values.seed !== undefined) process.env['SEED'] = values.seed;
const startedAt = performance.now();
const files = findPromiseFiles(root).filter(({ promises }) => promises.some((n) => wanted.includes(n)));
const { tests, errors } = await runTests({ root, files, wanted, workers, say });
const promises = sumTests(wanted, tests);

process.stdout.write(values.json ? `${JSON.stringify({ promises })}\n` : promiseTable(promises));
if (values.write !== undefined) {
  const report = promiseReport(promises, {
    command: ['npm run faults', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
      ' ',
    ),
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
    minutes: Math.round((performance.now() - startedAt) / 60_000),
  });
  writeFileSync(values.write, withReport(readFileSync(values.write, 'utf8'), report));
}
const failures = promises.reduce((total, row) => total + row.failures, 0) + errors;
if (failures > 0) process.exitCode = 1;
