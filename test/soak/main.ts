import { parseArgs } from 'node:util';
import { runSoak, type SoakReport } from './run-soak.ts';

// `npm run soak -- [--minutes 10] [--seed N] [--threads 200] [--rate ASKS_PER_SECOND] [--fault-every SECONDS] [--json]`:
// progress goes to stderr, the summary to stdout. Ends with 1 when something is wrong.
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    threads: { type: 'string', default: '200' },
    rate: { type: 'string', default: '0.8' },
    'fault-every': { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
  },
});
const startedAt = performance.now();
const report = await runSoak({
  seed: numberOf('seed'),
  seconds: numberOf('minutes') * 60,
  threads: numberOf('threads'),
  // As much as Slack's limits of 50 edits a minute let through.
  asksPerSecond: numberOf('rate'),
  faultEverySeconds: numberOf('fault-every'),
  processes: { worker: 2, slack: 1, discord: 1 },
  // Slack tells an event for the last time after six minutes.
  settleWithinMs: 400_000,
  say: (line) =>
    process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`),
});
process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : summary(report));
process.exitCode = report.findings.length === 0 ? 0 : 1;

function numberOf(name: Exclude<keyof typeof values, 'json'>): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0`);
  return value;
}

function summary({ traffic, faults, resources, findings, ...report }: SoakReport): string {
  const told = (counts: object) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const memory = (at: 'before' | 'after') =>
    resources[at].processes.map(({ role, residentMb }) => `${role} ${Math.round(residentMb)} MB`).join(', ');
  return [
    `seed ${report.seed}: ${report.seconds} s, ${report.threads} threads, ${report.runs} runs`,
    `traffic: ${told(traffic)}`,
    `faults: ${told(faults)}; ${report.restarts} processes started again`,
    `answers: half within ${report.answerMsP50} ms, the slowest ${report.answerMsWorst} ms; settled after ${report.settledMs} ms`,
    `memory: ${memory('before')}; after: ${memory('after')}`,
    `redis keys that last: ${resources.before.redisKeys.length}; after: ${resources.after.redisKeys.length}, and ${resources.after.redisExpiring.length} that expire`,
    findings.length === 0 ? 'nothing is wrong' : `WRONG:\n  ${findings.join('\n  ')}`,
    '',
  ].join('\n');
}
