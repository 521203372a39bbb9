import type { ApiParts } from '../adapters/http/api-parts.ts';
import type { HttpServerOptions } from '../adapters/http/server.ts';
import { LIMITS } from '../core/limits.ts';
import { createPersonErasure } from '../core/privacy/erase-person.ts';
import type { Queues } from '../queue/index.ts';
import type { Stores } from '../store/index.ts';
import { assistantViews } from './assistant-views.ts';
import type { ApiEnvironment } from './config/environment.ts';
import type { ConfigSource } from './config/config-source.ts';
import type { Metrics } from './metrics.ts';
import { queueBoard } from './queue-board/queue-board.ts';
import { ingestRules } from './rules.ts';
import { readVersion } from './version.ts';

export type HttpDoorParts = Pick<ApiParts, 'clock' | 'newId' | 'timings' | 'logger'> & {
  api?: ApiEnvironment | undefined;
  config: ConfigSource;
  stores: Stores;
  queues: Queues;
  metrics: Metrics;
};

/** What a process with the role `api` serves beside its health: the API, and the board of its queues. */
export function httpDoors(parts: HttpDoorParts): Pick<HttpServerOptions, 'api' | 'pages'> {
  const { config, stores, queues, metrics, clock, newId, timings, logger } = parts;
  return {
    api: {
      ...stores,
      ...queues,
      erasePerson: createPersonErasure({ ...stores, ...queues, clock }),
      // The stores' keys are those of the API, the queues' are names in Redis.
      keys: stores.keys,
      clock,
      newId,
      timings,
      logger,
      assistants: assistantViews(config, clock),
      multitaskOf: (assistantId) => ingestRules(config.current()).multitaskOf(assistantId),
      telemetry: metrics.http,
      cors: parts.api?.corsOrigins ?? [],
      version: readVersion(),
    },
    pages: [queueBoard({ queues: queues.rings.queues, keys: stores.keys, clock, logger })],
  };
}

/** The limit of a key, counted over LIMITS.requestWindowMs. */
export function requestLimit({ requestsPerSecond }: ApiEnvironment): { requests: number; windowMs: number } {
  const windowMs = LIMITS.requestWindowMs;
  return { requests: (requestsPerSecond * windowMs) / 1_000, windowMs };
}
