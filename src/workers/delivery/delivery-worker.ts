import type { Platform } from '../../core/origin.ts';
import type { Doorbells, PlatformWriter } from '../../core/ports.ts';
import type { RunRef } from '../../core/runs/run.ts';
import type { Timings } from '../../core/timings.ts';
import { noTracing } from '../../core/tracing.ts';
import type { ActiveDeliveries } from './active-deliveries.ts';
import { mendStrayWrite } from './mend-stray-write.ts';
import { type RelayParts, relay } from './relay.ts';

export type DeliveryWorker = {
  /** Relays the run until its delivery has ended, or is somebody else's. */
  deliver(ref: RunRef, hasEnded: boolean): Promise<void>;
  /** Takes no more deliveries, waits for those under way up to `drainMs`, then leaves them to other processes. */
  stop(drainMs: number): Promise<void>;
};

export type DeliveryWorkerParts = RelayParts & {
  writers: ReadonlyMap<Platform, PlatformWriter>;
  doorbells: Doorbells;
  active: ActiveDeliveries;
  workerId: string;
  timings: Timings;
};

export function createDeliveryWorker(parts: DeliveryWorkerParts): DeliveryWorker {
  const { deliveries, runs, cancels, doorbells, active, writers, workerId, clock, timings, logger } = parts;
  let stopping = false;

  async function deliver(ref: RunRef, hasEnded: boolean): Promise<void> {
    if (stopping) return doorbells.ringDelivery(ref, hasEnded);
    const now = clock.now();
    const leaseUntil = new Date(now.getTime() + timings.deliveryLeaseMs);
    const claim = await deliveries.claim(ref, workerId, now, leaseUntil, hasEnded);
    if (claim.kind !== 'claimed') return;
    const { delivery } = claim;
    const lease = { ...ref, fence: delivery.fence };
    const writer = writers.get(delivery.origin.platform);
    if (writer === undefined) {
      logger.warn(
        { ...ref, platform: delivery.origin.platform },
        'no token for the platform of this delivery',
      );
      return deliveries.release(lease);
    }
    const mine = active.begin(lease, leaseUntil);
    const span = (parts.tracing ?? noTracing).begin('delivery relay', delivery.traceparent, {
      'threadrelay.platform': writer.platform,
      'threadrelay.thread.id': ref.threadId,
      'threadrelay.run.id': ref.runId,
      'threadrelay.delivery.claim': delivery.fence,
    });
    let fault: string | undefined = 'threw';
    try {
      const traced = { ...parts, traceparent: span.traceparent };
      const end = await relay(traced, writer, delivery, mine, hasEnded);
      fault = end.kind === 'failed' ? end.reason : undefined;
      span.set({ 'threadrelay.delivery.outcome': end.kind });
      if (end.kind === 'stopped' && end.stray !== null) {
        await mendStrayWrite(parts, writer, delivery, end.stray, () => stopping);
      } else if (end.kind === 'stopped') {
        await deliveries.release(lease);
        await doorbells.ringDelivery(ref);
      }
      if (end.kind === 'failed') await stopRun(ref);
    } finally {
      active.end(mine);
      span.end(fault);
    }
  }

  /** Nobody will read the rest: the run need not go on. */
  async function stopRun(ref: RunRef): Promise<void> {
    const wish = await runs.requestCancel(ref, 'interrupt', clock.now());
    if (wish === 'requested') await cancels.publish({ ...ref, action: 'interrupt' });
  }

  return {
    deliver,
    async stop(drainMs) {
      stopping = true;
      const inTime = new AbortController();
      await Promise.race([active.idle(), clock.sleep(drainMs, inTime.signal)]);
      inTime.abort();
      active.stopAll();
      await active.idle();
      active.close();
    },
  };
}
