import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { startHttpServer } from '../../src/adapters/http/server.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { parseConfig } from '../../src/app/config/parse-config.ts';
import { createMetrics } from '../../src/app/metrics.ts';
import { connectPlatforms } from '../../src/app/platforms.ts';
import { ingestRules } from '../../src/app/rules.ts';
import { startWorkers } from '../../src/app/workers.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { systemClock } from '../../src/core/clock.ts';
import { noCrash } from '../../src/core/crash-points.ts';
import { createApprovalDesk } from '../../src/core/approval/approval-desk.ts';
import { createIngest } from '../../src/core/ingest/ingest.ts';
import type { WriteBudgets } from '../../src/core/ports.ts';
import { TIMINGS } from '../../src/core/timings.ts';
import { openQueues } from '../../src/queue/index.ts';
import { createStores, openDatabase } from '../../src/store/index.ts';
import { workflows } from '../../src/workflows/registry.ts';

// The service with the platform's limits off, which no setting of it can do: budgets are asked as ever, but never
// refuse, and each delivery counts as alone on its platform. RUNS_AT_ONCE in place of what a process takes by default.
// Started by service-process.ts.
const { env } = process;
const environment = readEnvironment(env);
const config = parseConfig(env['CONFIG'] ?? '', { file: 'bench.yaml', workflows: [...workflows.keys()] });
const logger = pino({ level: 'warn', base: null }, pino.destination(2));
const database = await openDatabase({ uri: environment.mongodbUri?.reveal() ?? '' });
const opened = await openQueues({
  url: environment.redisUrl?.reveal() ?? '',
  prefix: 'threadrelay',
  timings: TIMINGS,
  newId: randomUUID,
  onError: (error, what) => logger.warn({ err: error, what }, 'redis'),
});
const queues = { ...opened, budgets: unlimited(opened.budgets) };
const stores = createStores(database);
const metrics = createMetrics();
const common = {
  clock: systemClock,
  newId: randomUUID,
  random: Math.random,
  timings: TIMINGS,
  crash: noCrash,
  logger,
  telemetry: metrics.telemetry,
};
const platforms = await connectPlatforms({
  ...common,
  slack: environment.slack,
  discord: undefined,
  listensTo: new Set(['slack']),
  ingest: createIngest({ ...stores, ...queues, ...common, rules: () => ingestRules(config) }),
  desk: createApprovalDesk({ ...stores, ...queues, ...common }),
  cursors: stores.cursors,
  threads: stores.threads,
  slackNeedsChannelNames: false,
});
const workers = startWorkers({
  ...common,
  stores,
  queues,
  writers: platforms.writers,
  workflows,
  config: { current: () => config, reload: () => true },
  runsAtOnce: Number(env['RUNS_AT_ONCE'] ?? LIMITS.runsAtOnce),
});
const http = await startHttpServer({
  host: '127.0.0.1',
  port: 0,
  slackEvents: null,
  notReady: async () => [],
  metrics: async () => ({
    contentType: metrics.registry.contentType,
    body: await metrics.registry.metrics(),
  }),
});
await platforms.start();
process.on('SIGTERM', () => {
  void Promise.all([platforms.stop(), workers.stop()])
    .then(() => Promise.all([queues.close(), database.close(), http.close()]))
    .finally(() => process.exit(0));
});
process.stderr.write(`Health and metrics: ${http.url}/ok\n`);

function unlimited(budgets: WriteBudgets): WriteBudgets {
  return {
    ...budgets,
    async take(asked, kind, member) {
      // A short window, because a budget remembers what was written in it: a real one allows a few dozen.
      const wide = asked.map(({ key }) => ({ key, windowMs: 100, limit: 1e9, reserve: 0 }));
      const answer = await budgets.take(wide, kind, member);
      return { waitMs: answer.waitMs, active: asked.map(() => 1) };
    },
  };
}
