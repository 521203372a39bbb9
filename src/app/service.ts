import type { Clock, NewId } from '../core/clock.ts';
import type { ReachCrashPoint } from '../core/crash-points.ts';
import { createApprovalDesk } from '../core/approval/approval-desk.ts';
import { createIngest } from '../core/ingest/ingest.ts';
import { needsChannelNames } from '../core/listening/decide-listening.ts';
import type { Logger } from '../core/logger.ts';
import type { ApiKeyStore } from '../core/ports.ts';
import type { Timings } from '../core/timings.ts';
import { type HttpServer, startHttpServer } from '../adapters/http/server.ts';
import { openQueues } from '../queue/index.ts';
import { createStores, openDatabase } from '../store/index.ts';
import type { Workflow } from '../core/workflows/workflow.ts';
import type { ConfigSource } from './config/config-source.ts';
import type {
  ApiEnvironment,
  DiscordEnvironment,
  RawEnvironment,
  SlackEnvironment,
  TracingEnvironment,
} from './config/environment.ts';
import { connectAttachments } from './attachment-fetchers.ts';
import { addGauges } from './gauges.ts';
import { httpDoors, requestLimit } from './http-doors.ts';
import { createMetrics } from './metrics.ts';
import { connectPlatforms, type Platforms } from './platforms.ts';
import { createReadiness } from './readiness.ts';
import { ROLES, type Role } from './roles.ts';
import { ingestRules } from './rules.ts';
import { openTracing } from './tracing/open-tracing.ts';
import { startWorkers } from './workers.ts';
import { memoryDeskOf } from './memory-desk.ts';

export { ROLES, type Role };

export type ServiceOptions = {
  roles: ReadonlySet<Role>;
  mongodbUri: string;
  redisUrl: string;
  /** First part of all keys in Redis. */
  redisPrefix: string;
  config: ConfigSource;
  /** Of the environment, for what the configuration names: keys of model providers and of tools. */
  variables?: RawEnvironment;
  slack: SlackEnvironment | undefined;
  discord: DiscordEnvironment | undefined;
  tracing?: TracingEnvironment | undefined;
  http: { host: string; port: number };
  /** What is left out is as an empty environment says. */
  api?: ApiEnvironment;
  workflows: ReadonlyMap<string, Workflow>;
  timings: Timings;
  clock: Clock;
  newId: NewId;
  random: () => number;
  crash: ReachCrashPoint;
  logger: Logger;
};

export type Service = {
  /** Where the HTTP server listens. */
  url: string;
  platforms: Platforms;
  /** The keys that open its API. */
  keys: ApiKeyStore;
  /** Stops without losing or doubling work: takes nothing new, ends what is in hand or gives it back. */
  stop(): Promise<void>;
};

/**
 * Starts the given roles in this process, wired by hand. Resolves when they are ready.
 * @throws ThreadrelayError with a sentence that says how to mend it; what was started by then is stopped again.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { roles, config, clock, newId, timings, crash, logger } = options;
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    // In the reverse order of the start: events first, then work, then the stores.
    for (const each of stops.splice(0).reverse()) {
      await each().catch((error: unknown) => logger.warn({ err: error }, 'a part did not stop cleanly'));
    }
  };
  try {
    const metrics = createMetrics();
    const traces = await openTracing(options.tracing, {
      instanceId: newId(),
      roles: [...roles],
      logger,
      onLost: metrics.spansLost,
    });
    stops.push(() => traces.stop());
    const database = await openDatabase({ uri: options.mongodbUri });
    stops.push(() => database.close());
    const queues = await openQueues({
      url: options.redisUrl,
      prefix: options.redisPrefix,
      timings,
      newId,
      ...(options.api === undefined ? {} : { requestLimit: requestLimit(options.api) }),
      onError: (error, what) => logger.warn({ err: error, what }, 'redis'),
    });
    stops.push(() => queues.close());
    const stores = createStores(database);
    const { telemetry } = metrics;
    const { tracing } = traces;
    const common = { clock, newId, timings, crash, logger, telemetry, tracing };
    const ingest = createIngest({
      ...stores,
      ...queues,
      ...common,
      rules: () => ingestRules(config.current()),
    });
    const platforms = await connectPlatforms({
      ...common,
      random: options.random,
      // A process that only serves the API speaks to no platform.
      ...(isApiAlone(roles) ? NO_PLATFORM : { slack: options.slack, discord: options.discord }),
      listensTo: roles,
      ingest,
      desk: createApprovalDesk({ ...common, ...stores, ...queues }),
      ...memoryDeskOf(config, { ...common, ...stores }),
      cursors: stores.cursors,
      threads: stores.threads,
      slackNeedsChannelNames: needsChannelNames(config.current().bindings, 'slack'),
    });
    const attachments = roles.has('worker') ? await connectAttachments({ ...options, ...common }) : null;
    stops.push(async () => attachments?.close());
    const workers = roles.has('worker')
      ? startWorkers({
          ...options,
          ...common,
          stores,
          queues,
          writers: platforms.writers,
          ...(attachments === null ? {} : { attachments: attachments.fetchers }),
        })
      : null;
    // At the same time, because each may take its whole time and an orchestrator waits for 30 s.
    stops.push(async () => {
      await Promise.all([platforms.stop(), workers?.stop()]);
    });
    const readiness = createReadiness({ database, queues, platforms });
    const readGauges = addGauges(metrics.registry, {
      backlog: stores.backlog,
      ringDepths: () => queues.rings.depths(),
      storesUp: readiness.storesUp,
      platformsConnected: platforms.connected,
      activeRuns: () => workers?.activeRuns() ?? 0,
      activeDeliveries: () => workers?.activeDeliveries() ?? 0,
      clock,
      logger,
    });
    const http: HttpServer = await startHttpServer({
      ...options.http,
      ...(roles.has('api') ? httpDoors({ ...options, stores, queues, metrics }) : {}),
      slackEvents: platforms.slackEvents,
      onError: (error) => logger.error({ err: error }, 'a request failed'),
      notReady: readiness.notReady,
      async metrics() {
        await readGauges();
        return { contentType: metrics.registry.contentType, body: await metrics.registry.metrics() };
      },
    });
    stops.push(() => http.close());
    await platforms.start();
    return { url: http.url, platforms, keys: stores.keys, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

const NO_PLATFORM = { slack: undefined, discord: undefined };

function isApiAlone(roles: ReadonlySet<Role>): boolean {
  return roles.size === 1 && roles.has('api');
}
