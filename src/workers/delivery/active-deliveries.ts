import type { Clock } from '../../core/clock.ts';
import type { DeliveryLease } from '../../core/deliveries/delivery.ts';
import type { Logger } from '../../core/logger.ts';
import type { DeliveryStore } from '../../core/ports.ts';
import type { Timings } from '../../core/timings.ts';
import { createHeartbeat } from '../heartbeat.ts';

export type ActiveDelivery = {
  lease: DeliveryLease;
  /** Fires when the delivery is to stop: overtaken by another process, or this one ends. */
  signal: AbortSignal;
  /** Whether the right to write still holds; asks the database when that is not certain any more. */
  mayWrite(): Promise<boolean>;
  /** Another process has taken the delivery over, as last heard. */
  readonly isLost: boolean;
  stop(): void;
};

type HeldDelivery = Omit<ActiveDelivery, 'isLost'> & { until: number; isLost: boolean };

export type ActiveDeliveries = {
  begin(lease: DeliveryLease, leaseUntil: Date): ActiveDelivery;
  end(active: ActiveDelivery): void;
  stopAll(): void;
  readonly count: number;
  idle(): Promise<void>;
  close(): void;
};

/** A lease that ends sooner is renewed before a write: a write may take this long to leave the machine. */
const MARGIN_MS = 1_000;

/** The deliveries of this process, whose leases are renewed together, in one round trip. */
export function createActiveDeliveries(parts: {
  deliveries: DeliveryStore;
  workerId: string;
  clock: Clock;
  timings: Pick<Timings, 'heartbeatMs' | 'deliveryLeaseMs'>;
  logger: Logger;
}): ActiveDeliveries {
  const { deliveries, workerId, clock, timings, logger } = parts;
  const active = new Map<string, HeldDelivery>();
  let whenIdle: (() => void)[] = [];
  const margin = Math.min(MARGIN_MS, timings.deliveryLeaseMs / 4);

  async function renew(entries: HeldDelivery[]): Promise<void> {
    const until = clock.now().getTime() + timings.deliveryLeaseMs;
    const leases = entries.map(({ lease }) => lease);
    const lost = new Set(
      (await deliveries.renew(workerId, leases, new Date(until))).map(({ runId }) => runId),
    );
    for (const entry of entries) {
      if (!lost.has(entry.lease.runId)) {
        entry.until = until;
        continue;
      }
      entry.isLost = true;
      entry.stop();
    }
  }

  const heartbeat = createHeartbeat({
    clock,
    intervalMs: timings.heartbeatMs,
    isIdle: () => active.size === 0,
    async beat() {
      try {
        await renew([...active.values()]);
      } catch (error) {
        logger.warn({ err: error, deliveries: active.size }, 'delivery leases were not renewed');
      }
    },
  });

  return {
    begin(lease, leaseUntil) {
      const stopping = new AbortController();
      const entry: HeldDelivery = {
        lease,
        isLost: false,
        signal: stopping.signal,
        until: leaseUntil.getTime(),
        stop: () => stopping.abort(),
        async mayWrite() {
          if (stopping.signal.aborted) return false;
          if (clock.now().getTime() < entry.until - margin) return true;
          await renew([entry]).catch((error: unknown) => {
            logger.warn({ err: error, runId: lease.runId }, 'a delivery lease was not renewed');
          });
          return !stopping.signal.aborted && clock.now().getTime() < entry.until - margin;
        },
      };
      active.set(lease.runId, entry);
      heartbeat.start();
      return entry;
    },
    end(entry) {
      if (active.get(entry.lease.runId) === entry) active.delete(entry.lease.runId);
      if (active.size > 0) return;
      for (const resolve of whenIdle) resolve();
      whenIdle = [];
    },
    stopAll() {
      for (const entry of active.values()) entry.stop();
    },
    get count() {
      return active.size;
    },
    idle: () => (active.size === 0 ? Promise.resolve() : new Promise((resolve) => whenIdle.push(resolve))),
    close: () => heartbeat.stop(),
  };
}
