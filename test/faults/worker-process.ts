import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { parseConfig } from '../../src/app/config/parse-config.ts';
import { ROLES, startService } from '../../src/app/service.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CrashPoint } from '../../src/core/crash-points.ts';
import { workflows } from '../../src/workflows/registry.ts';
import { QUICK } from '../fixtures/quick-timings.ts';

// The service as a process of its own, for tests to kill; started by spawn-worker.ts, which names the variables. Prints
// `ready` when it is up and ends on SIGTERM. At the CRASH_NTH-th time that CRASH_AT is reached, it sends itself
// CRASH_SIGNAL. Those who reach it before pass, or with CRASH_HOLD=1 wait there to be killed together.
const { env } = process;
const crashAt = env['CRASH_AT'] ?? '';
const crashNth = Number(env['CRASH_NTH'] ?? 1);
const crashSignal = env['CRASH_SIGNAL'] === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL';
const hold = env['CRASH_HOLD'] === '1';
let reached = 0;

async function crash(point: CrashPoint): Promise<void> {
  if (point !== crashAt) return;
  reached += 1;
  if (reached === crashNth) process.kill(process.pid, crashSignal);
  // The signal may take a moment; nothing of this process may go on after it.
  if ((reached === crashNth && crashSignal === 'SIGKILL') || (reached < crashNth && hold)) {
    await new Promise(() => {});
  }
}

const environment = readEnvironment(env);
const roles = (env['ROLES'] ?? ROLES.join()).split(',');
const config = parseConfig(env['CONFIG'] ?? '', { file: 'test.yaml', workflows: [...workflows.keys()] });
const service = await startService({
  roles: new Set(ROLES.filter((role) => roles.includes(role))),
  mongodbUri: environment.mongodbUri?.reveal() ?? '',
  redisUrl: environment.redisUrl?.reveal() ?? '',
  redisPrefix: env['REDIS_PREFIX'] ?? '',
  config: { current: () => config, reload: () => true },
  slack: environment.slack,
  discord: environment.discord,
  http: { host: '127.0.0.1', port: 0 },
  workflows,
  timings: { ...QUICK, ...JSON.parse(env['TIMINGS'] ?? '{}') },
  clock: systemClock,
  newId: randomUUID,
  random: Math.random,
  crash,
  logger: pino({ level: env['TEST_LOG'] ?? 'silent', base: null }, pino.destination(2)),
});

process.on('SIGTERM', () => {
  void service.stop().then(() => process.exit(0));
});
process.stdout.write('ready\n');
