import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { HttpTelemetry } from '../adapters/http/api-parts.ts';

/** An answer takes milliseconds; a run that is waited for or streamed takes as long as its model. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Adds to the registry what is counted of the HTTP API. Routes are patterns, so their number is that of the API's. */
export function createHttpMetrics(registry: Registry): HttpTelemetry {
  const registers = [registry];
  const requests = new Counter({
    name: 'threadrelay_http_requests_total',
    help: 'Requests of the HTTP API that were answered, by the pattern of their route, and by status.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'threadrelay_http_request_seconds',
    help: 'Time from the arrival of a request until its whole answer was sent; of a stream until it ended.',
    labelNames: ['route', 'method'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const openStreams = new Gauge({
    name: 'threadrelay_http_open_streams',
    help: 'Answers that last as long as a run and are open now: its stream, or its outcome that is waited for.',
    registers,
  });
  return {
    requestEnded({ route, method, status }, took) {
      requests.inc({ route, method, status });
      seconds.observe({ route, method }, took);
    },
    streamOpened: () => openStreams.inc(),
    streamClosed: () => openStreams.dec(),
  };
}
