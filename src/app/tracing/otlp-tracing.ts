import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SpanName } from '../../core/tracing.ts';
import type { TracingEnvironment } from '../config/environment.ts';
import { readKeyValueList } from './key-value-list.ts';
import type { OpenTracing, TracingParts } from './open-tracing.ts';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

/** A collector that does not answer holds up neither the exporter's queue nor the process's end for longer. */
const EXPORT_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 2_000;
/** Spans that wait for the collector, about 1 kB each; beyond this they are dropped. */
const QUEUE_SPANS = 2_048;
/** How late a span may be seen. */
const EXPORT_EVERY_MS = 2_000;
/** A collector that is away is told of this often. */
const TELL_EVERY_MS = 60_000;

const KINDS: Record<SpanName, SpanKind> = {
  'event receive': SpanKind.CONSUMER,
  'run execute': SpanKind.INTERNAL,
  'delivery relay': SpanKind.INTERNAL,
  'platform post': SpanKind.CLIENT,
  'platform edit': SpanKind.CLIENT,
  'platform remove': SpanKind.CLIENT,
};

/** Spans that are sent to an OpenTelemetry collector by OTLP over HTTP. A collector that is away costs spans only. */
export function createOtlpTracing(environment: TracingEnvironment, parts: TracingParts): OpenTracing {
  const { serviceName, resourceAttributes, sampleRatio } = environment;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      ...resourceAttributes,
      'service.name': serviceName,
      'service.instance.id': parts.instanceId,
      'threadrelay.roles': [...parts.roles],
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: createExporter(environment, parts),
        maxQueueSize: QUEUE_SPANS,
        scheduledDelayMillis: EXPORT_EVERY_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('threadrelay');
  return {
    tracing: {
      begin(name, parent, attributes) {
        const context = parent === undefined ? null : readTraceparent(parent);
        const span = tracer.startSpan(
          name,
          { kind: KINDS[name], attributes },
          context === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context),
        );
        return {
          traceparent: writeTraceparent(span.spanContext()),
          set: (more) => void span.setAttributes(more),
          end(fault) {
            if (fault !== undefined) {
              span.setAttribute('error.type', fault).setStatus({ code: SpanStatusCode.ERROR });
            }
            span.end();
          },
        };
      },
    },
    async stop() {
      const inTime = new Promise<void>((resolve) => {
        setTimeout(resolve, STOP_TIMEOUT_MS).unref();
      });
      await Promise.race([provider.shutdown().catch(() => undefined), inTime]);
    },
  };
}

function createExporter(
  { endpoint, headers }: TracingEnvironment,
  { logger, onLost }: TracingParts,
): SpanExporter {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.reveal().replace(/\/+$/, '')}/v1/traces`,
    headers: headers === undefined ? {} : readKeyValueList(headers.reveal()),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  let toldAt = Number.NEGATIVE_INFINITY;
  const told = (spans: number, error: Error) => {
    onLost(spans);
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    // Not the error itself: it may hold what the collector answered, and so what was sent.
    const code = 'code' in error ? error.code : error.name;
    logger.warn({ spans, code }, 'the OpenTelemetry collector did not take spans; nothing else suffers');
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) told(spans.length, result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  };
}
