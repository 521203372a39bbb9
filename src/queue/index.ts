import { LIMITS } from '../core/limits.ts';
import type {
  CancelBroadcast,
  Doorbells,
  RequestLimiter,
  RunEventEraser,
  RunEventLog,
  WriteBudgets,
} from '../core/ports.ts';
import type { Timings } from '../core/timings.ts';
import { createCancelBroadcast } from './cancel-broadcast.ts';
import { createDoorbells, type RedisDoorbells } from './doorbells.ts';
import { createRunEventEraser } from './forget-events.ts';
import { type Keys, keysWith } from './keys.ts';
import { type RedisConnections, connectRedis, queueUnavailable } from './redis.ts';
import { createRequestLimiter, type RequestLimit } from './request-limiter.ts';
import { createRunEventLog } from './run-event-log.ts';
import { createStreamLanes } from './stream-lanes.ts';
import { createStreamReader } from './stream-reader.ts';
import { createWriteBudgets } from './write-budgets.ts';

export { listenToDeliveries, listenToThreads, type RingDepth } from './doorbells.ts';

export type Queues = {
  connections: RedisConnections;
  keys: Keys;
  doorbells: Doorbells;
  events: RunEventLog;
  eventEraser: RunEventEraser;
  cancels: CancelBroadcast;
  budgets: WriteBudgets;
  limiter: RequestLimiter;
  /** What waits in the queues, and the queues themselves for a board that shows them. */
  rings: Pick<RedisDoorbells, 'depths' | 'queues'>;
  close(): Promise<void>;
};

/** All that lives in Redis. @throws ThreadrelayError `queue_unavailable` or `invalid_configuration` */
export async function openQueues(options: {
  url: string;
  prefix: string;
  timings: Timings;
  newId: () => string;
  /** Of each API key; LIMITS.requestsPerKey unless given. Its window is rounded to seconds. */
  requestLimit?: RequestLimit;
  onError: (error: unknown, what: string) => void;
}): Promise<Queues> {
  const { onError, newId, timings } = options;
  const connections = await connectRedis({ url: options.url, onError });
  const keys = keysWith(options.prefix);
  const { commands } = connections;
  const processId = newId();
  const readerOf = (tag: string) =>
    createStreamReader({
      commands,
      blocking: connections.blocking('streams'),
      wakeKey: keys.wake(tag, processId),
      onError: (error) => onError(error, 'streams'),
    });
  const reader = connections.isCluster ? createStreamLanes(readerOf) : readerOf(options.prefix);
  const doorbells = createDoorbells({ commands, keys });
  try {
    await doorbells.ready();
  } catch (thrown) {
    await reader.close();
    await connections.close();
    throw queueUnavailable(thrown);
  }
  return {
    connections,
    keys,
    doorbells,
    rings: doorbells,
    events: createRunEventLog({
      commands,
      reader,
      keys,
      timings,
      onError: (error) => onError(error, 'run events'),
    }),
    eventEraser: createRunEventEraser({ commands, keys, timings }),
    cancels: createCancelBroadcast({ commands, reader, keys }),
    budgets: createWriteBudgets({
      commands,
      keys,
      newId,
      now: Date.now,
      onError: (error) => onError(error, 'budgets'),
    }),
    limiter: createRequestLimiter({
      commands,
      keys,
      limit: options.requestLimit ?? { requests: LIMITS.requestsPerKey, windowMs: LIMITS.requestWindowMs },
      now: Date.now,
      onError: (error) => onError(error, 'request limits'),
    }),
    async close() {
      await reader.close();
      await doorbells.close();
      await connections.close();
    },
  };
}
