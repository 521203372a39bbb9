import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Platform } from '../core/origin.ts';
import type { BacklogStore } from '../core/ports.ts';
import type { RingDepth } from '../queue/index.ts';
import type { StoresUp } from './readiness.ts';

/** What stands is asked when somebody looks, and then at most this often: two pings, two indexed look-ups and two counts. */
const ASK_EVERY_MS = 2_000;

export type GaugeSources = {
  backlog: BacklogStore;
  ringDepths(): Promise<ReadonlyMap<string, RingDepth>>;
  storesUp(): Promise<StoresUp>;
  /** Platforms whose events this process takes: whether they arrive. */
  platformsConnected(): ReadonlyMap<Platform, boolean>;
  activeRuns(): number;
  activeDeliveries(): number;
  clock: Clock;
  logger: Logger;
};

/** Adds to the registry what stands rather than counts. Answers what to call before each reading; it never rejects. */
export function addGauges(registry: Registry, sources: GaugeSources): () => Promise<void> {
  const { backlog, ringDepths, storesUp, platformsConnected, clock, logger } = sources;
  const registers = [registry];
  const waiting = new Gauge({
    name: 'threadrelay_oldest_waiting_seconds',
    help: 'Age of the oldest of all queued runs that may be begun ("run": since it might), and of all open deliveries ("delivery": since its question was persisted); 0 when there is none. The same for all processes; absent while MongoDB is away.',
    labelNames: ['what'],
    registers,
  });
  const depth = new Gauge({
    name: 'threadrelay_queue_depth',
    help: 'Rings in the queues of Redis ("threads": a thread has a run to execute, "deliveries": a delivery has something to relay): "waiting" for a free worker, "delayed" to a later time, "active". The same for all processes; absent while Redis is away.',
    labelNames: ['queue', 'state'],
    registers,
  });
  const storeUp = new Gauge({
    name: 'threadrelay_store_up',
    help: 'Whether the store answers this process: 1, or 0.',
    labelNames: ['store'],
    registers,
  });
  const connected = new Gauge({
    name: 'threadrelay_platform_connected',
    help: 'Whether events of the platform arrive at this process: 1, or 0. Absent where the process takes none.',
    labelNames: ['platform'],
    registers,
  });
  const activeRuns = new Gauge({
    name: 'threadrelay_active_runs',
    help: 'Runs that this process executes now.',
    registers,
  });
  const activeDeliveries = new Gauge({
    name: 'threadrelay_active_deliveries',
    help: 'Deliveries that this process relays now.',
    registers,
  });
  let asking: Promise<void> | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;

  async function ask(): Promise<void> {
    const up = await storesUp();
    storeUp.set({ store: 'mongodb' }, up.mongodb ? 1 : 0);
    storeUp.set({ store: 'redis' }, up.redis ? 1 : 0);
    await Promise.all([askMongodb(up.mongodb), askRedis(up.redis)]);
  }

  async function askRedis(isUp: boolean): Promise<void> {
    try {
      if (!isUp) return depth.reset();
      for (const [queue, states] of await ringDepths()) {
        for (const [state, rings] of Object.entries(states)) depth.set({ queue, state }, rings);
      }
    } catch (error) {
      depth.reset();
      logger.warn({ err: error }, 'the depth of the queues could not be read');
    }
  }

  async function askMongodb(isUp: boolean): Promise<void> {
    const now = clock.now();
    const ageOf = (since: Date | null) =>
      since === null ? 0 : Math.max(0, now.getTime() - since.getTime()) / 1_000;
    try {
      if (!isUp) return waiting.reset();
      const { runSince, deliverySince } = await backlog.oldest(now);
      waiting.set({ what: 'run' }, ageOf(runSince));
      waiting.set({ what: 'delivery' }, ageOf(deliverySince));
    } catch (error) {
      waiting.reset();
      logger.warn({ err: error }, 'the age of what waits could not be read');
    }
  }

  return async () => {
    activeRuns.set(sources.activeRuns());
    activeDeliveries.set(sources.activeDeliveries());
    for (const [platform, isConnected] of platformsConnected()) {
      connected.set({ platform }, isConnected ? 1 : 0);
    }
    const now = clock.now().getTime();
    if (asking === null && now - askedAt >= ASK_EVERY_MS) {
      askedAt = now;
      asking = ask().finally(() => {
        asking = null;
      });
    }
    await asking;
  };
}
