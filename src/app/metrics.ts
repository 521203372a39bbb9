import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Telemetry } from '../core/telemetry.ts';

export type Metrics = { telemetry: Telemetry; registry: Registry };

/** Seconds; the relay promises a final within tens of milliseconds, and rate limits may stretch it to 40 s. */
const RELAY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40];
const RUN_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** What `/metrics` shows. Event loop lag, memory and garbage collection come with prom-client's defaults. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'threadrelay_' });
  const runs = new Histogram({
    name: 'threadrelay_run_seconds',
    help: 'Time from the creation of a run to its end, by how it ended.',
    labelNames: ['status'],
    buckets: RUN_BUCKETS,
    registers,
  });
  const deliveries = new Counter({
    name: 'threadrelay_deliveries_total',
    help: 'Deliveries that ended, by platform, outcome and reason. Failed ones left a person without an answer.',
    labelNames: ['platform', 'outcome', 'reason'],
    registers,
  });
  const firstPart = new Histogram({
    name: 'threadrelay_first_part_seconds',
    help: 'Time from the start of a delivery to its first message on the platform.',
    labelNames: ['platform'],
    buckets: RELAY_BUCKETS,
    registers,
  });
  const final = new Histogram({
    name: 'threadrelay_final_seconds',
    help: 'Time from the end of a run to its whole final text accepted by the platform.',
    labelNames: ['platform'],
    buckets: RELAY_BUCKETS,
    registers,
  });
  const writes = new Counter({
    name: 'threadrelay_platform_writes_total',
    help: 'Writes to a platform, by operation and outcome. "ambiguous" ones were read back before a repeat.',
    labelNames: ['platform', 'operation', 'outcome'],
    registers,
  });
  const rateLimited = new Counter({
    name: 'threadrelay_rate_limited_total',
    help: 'Answers of a platform that told us to wait (429). Should stay near zero.',
    labelNames: ['platform'],
    registers,
  });
  const swept = new Counter({
    name: 'threadrelay_swept_total',
    help: 'Threads and deliveries that the sweeper found without anybody at work on them.',
    labelNames: ['what'],
    registers,
  });
  return {
    registry,
    telemetry: {
      runEnded: (status, seconds) => runs.observe({ status }, seconds),
      deliveryEnded: (platform, outcome, reason) =>
        deliveries.inc({ platform, outcome, reason: reason ?? 'none' }),
      firstPartPosted: (platform, seconds) => firstPart.observe({ platform }, seconds),
      finalAccepted: (platform, seconds) => final.observe({ platform }, seconds),
      wrote: (platform, operation, outcome) => writes.inc({ platform, operation, outcome }),
      rateLimited: (platform) => rateLimited.inc({ platform }),
      swept: (found) => {
        swept.inc({ what: 'thread' }, found.threads);
        swept.inc({ what: 'delivery' }, found.deliveries);
      },
    },
  };
}
