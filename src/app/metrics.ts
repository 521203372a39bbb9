import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { HttpTelemetry } from '../adapters/http/api-parts.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { createHttpMetrics } from './http-metrics.ts';

export type Metrics = {
  telemetry: Telemetry;
  http: HttpTelemetry;
  registry: Registry;
  /** Spans that were made and could not be handed to the collector. */
  spansLost(count: number): void;
};

/** Slack wants its acknowledgement within 3 s; the promise is 100 ms at the 99th percentile. */
const ACKNOWLEDGE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** The relay promises a final within tens of milliseconds, and rate limits may stretch it to 40 s. */
const RELAY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40];
const RUN_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const PLATFORMS = ['slack', 'discord'] as const;

/**
 * What `/metrics` counts. Event loop lag, memory and garbage collection come with prom-client's defaults. Labels take few
 * values: platforms, outcomes and reasons, never ids or names. What may be paged on begins at zero, so that the first
 * time is seen as a rise.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'threadrelay_' });

  const received = new Counter({
    name: 'threadrelay_events_received_total',
    help: 'Events of a platform that arrived, by socket or HTTP.',
    labelNames: ['platform'],
    registers,
  });
  const acknowledge = new Histogram({
    name: 'threadrelay_event_acknowledge_seconds',
    help: 'Time from the arrival of an event until it was persisted and acknowledged (Discord: persisted), or "refused": not persisted, so that the platform sends it again or it is read after.',
    labelNames: ['platform', 'outcome'],
    buckets: ACKNOWLEDGE_BUCKETS,
    registers,
  });
  const backfilled = new Counter({
    name: 'threadrelay_backfilled_messages_total',
    help: 'Messages that were missed while no connection stood, and were found by reading the platform after it.',
    labelNames: ['platform'],
    registers,
  });
  const runs = new Histogram({
    name: 'threadrelay_run_seconds',
    help: 'Time from the creation of a run to its end, by how it ended. Runs that were cancelled before they began are not counted.',
    labelNames: ['status'],
    buckets: RUN_BUCKETS,
    registers,
  });
  const tokens = new Counter({
    name: 'threadrelay_model_tokens_total',
    help: 'Tokens that ended runs have used, by project, model and kind: "input" (with those that the provider had kept, "cached") and "output".',
    labelNames: ['project', 'model', 'kind'],
    registers,
  });
  const cost = new Counter({
    name: 'threadrelay_model_cost_usd_total',
    help: 'What ended runs have cost in US dollars, by the prices of the configuration.',
    labelNames: ['project', 'model'],
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
    help: 'Time from the persisting of a question to the first message of its answer on the platform.',
    labelNames: ['platform'],
    buckets: RELAY_BUCKETS,
    registers,
  });
  const firstEdit = new Histogram({
    name: 'threadrelay_first_edit_seconds',
    help: 'Time from the persisting of a question to the first edit of its growing answer on the platform.',
    labelNames: ['platform'],
    buckets: RELAY_BUCKETS,
    registers,
  });
  const final = new Histogram({
    name: 'threadrelay_final_seconds',
    help: 'Time from the end of a run (its last token) to its whole final text accepted by the platform.',
    labelNames: ['platform'],
    buckets: RELAY_BUCKETS,
    registers,
  });
  const writes = new Counter({
    name: 'threadrelay_platform_writes_total',
    help: 'Writes to a platform, by operation and outcome. "ambiguous" ones may have happened and were read back before a repeat.',
    labelNames: ['platform', 'operation', 'outcome'],
    registers,
  });
  const rateLimited = new Counter({
    name: 'threadrelay_rate_limited_total',
    help: 'Answers of a platform that told us to wait (429). Should stay near zero.',
    labelNames: ['platform'],
    registers,
  });
  const budgetWaits = new Histogram({
    name: 'threadrelay_write_budget_wait_seconds',
    help: 'Waits of writes that were put off to stay within the limits of a platform, by what was to be written.',
    labelNames: ['platform', 'kind'],
    buckets: RELAY_BUCKETS,
    registers,
  });
  const sweeps = new Counter({
    name: 'threadrelay_sweeps_total',
    help: 'Looks of this process for work that nobody does, by outcome: "found" something, "nothing", or "failed".',
    labelNames: ['outcome'],
    registers,
  });
  const swept = new Counter({
    name: 'threadrelay_swept_total',
    help: 'Threads, deliveries and transactions that a sweep found without anybody at work on them.',
    labelNames: ['what'],
    registers,
  });
  const recordsLost = new Counter({
    name: 'threadrelay_run_records_lost_total',
    help: 'Records of what a run sent to models that could not be stored. The runs themselves suffer nothing.',
    registers,
  });
  const spansLost = new Counter({
    name: 'threadrelay_trace_spans_lost_total',
    help: 'Spans that the OpenTelemetry collector did not take. Nothing but the traces suffers.',
    registers,
  });

  for (const platform of PLATFORMS) {
    received.inc({ platform }, 0);
    backfilled.inc({ platform }, 0);
    rateLimited.inc({ platform }, 0);
    writes.inc({ platform, operation: 'post', outcome: 'ambiguous' }, 0);
    acknowledge.zero({ platform, outcome: 'refused' });
  }
  for (const status of ['succeeded', 'failed', 'timed_out', 'cancelled']) runs.zero({ status });
  for (const outcome of ['found', 'nothing', 'failed']) sweeps.inc({ outcome }, 0);
  for (const what of ['thread', 'delivery', 'transaction']) swept.inc({ what }, 0);

  return {
    registry,
    http: createHttpMetrics(registry),
    spansLost: (count) => spansLost.inc(count),
    telemetry: {
      eventReceived: (platform) => received.inc({ platform }),
      eventEnded: (platform, outcome, seconds) => acknowledge.observe({ platform, outcome }, seconds),
      backfilled: (platform) => backfilled.inc({ platform }),
      runEnded: (status, seconds) => runs.observe({ status }, seconds),
      spent: (project, usage) => {
        for (const { model, inputTokens, outputTokens, cachedTokens = 0, costUsd } of usage) {
          tokens.inc({ project, model, kind: 'input' }, inputTokens);
          tokens.inc({ project, model, kind: 'cached' }, cachedTokens);
          tokens.inc({ project, model, kind: 'output' }, outputTokens);
          if (costUsd !== undefined) cost.inc({ project, model }, costUsd);
        }
      },
      deliveryEnded: (platform, outcome, reason) =>
        deliveries.inc({ platform, outcome, reason: reason ?? 'none' }),
      firstPartPosted: (platform, seconds) => firstPart.observe({ platform }, seconds),
      firstEdited: (platform, seconds) => firstEdit.observe({ platform }, seconds),
      finalAccepted: (platform, seconds) => final.observe({ platform }, seconds),
      wrote: (platform, operation, outcome) => writes.inc({ platform, operation, outcome }),
      rateLimited: (platform) => rateLimited.inc({ platform }),
      budgetWaited: (platform, kind, seconds) => budgetWaits.observe({ platform, kind }, seconds),
      runRecordLost: () => recordsLost.inc(),
      swept: (found) => {
        const outcome =
          found === null ? 'failed' : Object.values(found).some((count) => count > 0) ? 'found' : 'nothing';
        sweeps.inc({ outcome });
        swept.inc({ what: 'thread' }, found?.threads ?? 0);
        swept.inc({ what: 'delivery' }, found?.deliveries ?? 0);
        swept.inc({ what: 'transaction' }, found?.transactions ?? 0);
      },
    },
  };
}
