import type { Clock, NewId } from '../core/clock.ts';
import type { ReachCrashPoint } from '../core/crash-points.ts';
import type { Logger } from '../core/logger.ts';
import type { Platform } from '../core/origin.ts';
import type { AttachmentFetcher, PlatformWriter } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Timings } from '../core/timings.ts';
import type { Tracing } from '../core/tracing.ts';
import type { Workflow } from '../core/workflows/workflow.ts';
import { listenToDeliveries, listenToThreads, type Queues } from '../queue/index.ts';
import type { Stores } from '../store/index.ts';
import { createActiveDeliveries } from '../workers/delivery/active-deliveries.ts';
import { createDeliveryWorker } from '../workers/delivery/delivery-worker.ts';
import { createActiveRuns } from '../workers/run/active-runs.ts';
import { createRunWorker } from '../workers/run/run-worker.ts';
import { createRetention } from '../workers/sweeper/retention.ts';
import { createSweeper } from '../workers/sweeper/sweeper.ts';
import { createAssistantServices } from './assistant-services.ts';
import type { ConfigSource } from './config/config-source.ts';
import type { RawEnvironment } from './config/environment.ts';
import { createRunMeter } from './run-meter.ts';
import { runRules } from './rules.ts';
import { LIMITS } from '../core/limits.ts';

export type WorkerParts = {
  stores: Stores;
  queues: Queues;
  writers: ReadonlyMap<Platform, PlatformWriter>;
  attachments?: ReadonlyMap<Platform, AttachmentFetcher>;
  config: ConfigSource;
  variables?: RawEnvironment;
  workflows: ReadonlyMap<string, Workflow>;
  timings: Timings;
  telemetry: Telemetry;
  tracing?: Tracing;
  clock: Clock;
  newId: NewId;
  random: () => number;
  crash: ReachCrashPoint;
  logger: Logger;
  /** Runs that the process executes at once. */
  runsAtOnce?: number;
};

export type Workers = {
  activeRuns(): number;
  activeDeliveries(): number;
  /** Gives back what does not end in time. */
  stop(): Promise<void>;
};

/** Executes runs, relays them, and sweeps. */
export function startWorkers(parts: WorkerParts): Workers {
  const { stores, queues, config, newId, timings, logger } = parts;
  const workerId = newId();
  const services = createAssistantServices(parts);
  const common = { ...parts, ...stores, ...queues, workerId };
  const meter = createRunMeter({ ...parts, budgets: stores.budgets });
  const onError = (error: unknown) => logger.warn({ err: error }, 'queue');

  const activeRuns = createActiveRuns(common);
  const activeDeliveries = createActiveDeliveries(common);
  const runs = createRunWorker({
    ...common,
    active: activeRuns,
    rules: () => {
      const current = config.current();
      return { ...runRules(current, services), meter: meter(current) };
    },
    onEnded: (status, seconds) => parts.telemetry.runEnded(status, seconds),
    onSpent: (projectId, usage) => parts.telemetry.spent(projectId, usage.byModel ?? []),
    onRecordLost: () => parts.telemetry.runRecordLost(),
  });
  const deliveries = createDeliveryWorker({ ...common, active: activeDeliveries });
  const sweeper = createSweeper({ ...common, onSwept: (found) => parts.telemetry.swept(found) });
  const retention = createRetention({
    ...common,
    retentionLimits: () =>
      new Map(Array.from(config.current().projects.values(), (each) => [each.name, each.retention])),
  });
  const listening = { connections: queues.connections, keys: queues.keys, timings, onError };
  const threadBell = listenToThreads({
    ...listening,
    concurrency: parts.runsAtOnce ?? LIMITS.runsAtOnce,
    onRing: ({ threadId }) => runs.drainThread(threadId),
  });
  const deliveryBell = listenToDeliveries({
    ...listening,
    concurrency: LIMITS.deliveriesAtOnce,
    onRing: ({ threadId, runId, hasEnded }) => deliveries.deliver({ threadId, runId }, hasEnded),
  });

  return {
    activeRuns: () => activeRuns.count,
    activeDeliveries: () => activeDeliveries.count,
    async stop() {
      await Promise.all([sweeper.stop(), retention.stop()]);
      await Promise.all([threadBell.close(), runs.stop()]);
      await services.stop();
      await Promise.all([deliveryBell.close(), deliveries.stop(LIMITS.deliveryDrainMs)]);
    },
  };
}
