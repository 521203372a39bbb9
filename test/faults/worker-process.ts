import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
// Loaded by the service when a platform is connected; here before the order comes.
import '../../src/adapters/discord/index.ts';
import '../../src/adapters/slack/slack-adapter.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { parseConfig } from '../../src/app/config/parse-config.ts';
import { ROLES, startService } from '../../src/app/service.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CrashPoint } from '../../src/core/crash-points.ts';
import { registryOf, workflows } from '../../src/workflows/registry.ts';
import { QUICK } from '../fixtures/quick-timings.ts';
import { poisonous } from './poisonous-workflow.ts';
import type { WorkerProcessOptions } from './spawn-worker.ts';

// The service as a process of its own, for tests to kill; started by spawn-worker.ts. Reads its order, one line of JSON,
// prints `ready` and its address when it is up, `struck` when it is about to strike, and ends on SIGTERM, or when the test that started it is gone.
// At the `nth` time that `crashAt` is reached, it sends itself `signal`. Those who reach it before pass, or with `hold`
// wait there: to be killed together, or to go on together when a frozen process is resumed.
flushCompileCache();
const lines = createInterface(process.stdin);
lines.once('close', () => process.exit(1));
const order = await new Promise<WorkerProcessOptions>((resolve) => {
  lines.once('line', (line) => resolve(JSON.parse(line)));
});

const { crashAt, nth = 1, hold = false, signal = 'SIGKILL' } = order;
let reached = 0;
const held: (() => void)[] = [];

/** A signal to oneself may strike a moment later; until then nothing of this process may go on. */
const STRIKES_WITHIN_MS = 200;

async function crash(point: CrashPoint): Promise<void> {
  if (point !== crashAt || reached === nth) return;
  reached += 1;
  if (reached < nth) return hold ? new Promise((resolve) => held.push(resolve)) : undefined;
  writeSync(1, 'struck\n');
  process.kill(process.pid, signal);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STRIKES_WITHIN_MS);
  for (const goOn of held.splice(0)) goOn();
}

const environment = readEnvironment(order.environment);
const registry = order.poisonous === true ? registryOf([poisonous]) : workflows;
const config = parseConfig(order.config, { file: 'test.yaml', workflows: [...registry.keys()] });
const service = await startService({
  roles: new Set(order.roles ?? ROLES),
  mongodbUri: environment.mongodbUri?.reveal() ?? '',
  redisUrl: environment.redisUrl?.reveal() ?? '',
  redisPrefix: order.environment['REDIS_PREFIX'] ?? '',
  config: { current: () => config, reload: () => true },
  slack: environment.slack,
  discord: environment.discord,
  tracing: environment.tracing,
  http: { host: '127.0.0.1', port: 0 },
  workflows: registry,
  timings: { ...QUICK, ...order.timings },
  clock: systemClock,
  newId: randomUUID,
  random: Math.random,
  crash,
  logger: pino(
    { level: process.env['TEST_LOG'] ?? 'silent', base: { pid: process.pid } },
    pino.destination(2),
  ),
});

process.on('SIGTERM', () => {
  void service.stop().then(() => process.exit(0));
});
process.stdout.write(`ready ${service.url}\n`);
