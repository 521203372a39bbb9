import { setTimeout as pause } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { LIMITS } from '../core/limits.ts';
import type { Doorbells } from '../core/ports.ts';
import type { RunRef } from '../core/runs/run.ts';
import type { Timings } from '../core/timings.ts';
import type { Keys } from './keys.ts';
import type { RedisClient, RedisConnections } from './redis.ts';

export type DeliveryRing = RunRef & { hasEnded: boolean };

export const THREADS_QUEUE = 'threads';
export const DELIVERIES_QUEUE = 'deliveries';

/** Nothing is kept of a rung doorbell: the truth is in the database. */
const RING = { removeOnComplete: true, removeOnFail: true } as const;

/**
 * A ring for later than this is left to the sweeper, which finds the run when it is due. While BullMQ knows of a later job,
 * its idle workers block for up to 10 s, and a connection that is silent for so long counts as dead
 * (`redisBlockingSilenceMs`): each would be closed and opened anew for as long as some run waits for its hour.
 */
const FARTHEST_RING_MS = 5_000;

/** Rings that nobody has answered yet. */
export type RingDepth = {
  /** To be answered as soon as a worker is free. */
  waiting: number;
  /** To be answered at a later time. */
  delayed: number;
  active: number;
};

export type RedisDoorbells = Doorbells & {
  ready(): Promise<void>;
  /** By the name of the queue. Rejects while Redis is away. */
  depths(): Promise<ReadonlyMap<string, RingDepth>>;
  /** For a board that shows them; rings are made by the bells alone. */
  queues: readonly Queue[];
  close(): Promise<void>;
};

export function createDoorbells(options: { commands: RedisClient; keys: Keys }): RedisDoorbells {
  const queueOptions = {
    connection: options.commands,
    prefix: options.keys.queuePrefix,
    skipWaitingForReady: true,
    // We read no queue events; BullMQ keeps ten thousand of them otherwise.
    streams: { events: { maxLen: 0 } },
  };
  const threads = new Queue<{ threadId: string }>(THREADS_QUEUE, queueOptions);
  const deliveries = new Queue<DeliveryRing>(DELIVERIES_QUEUE, queueOptions);
  // Errors are told by the rejected calls and by the connection itself.
  threads.on('error', () => {});
  deliveries.on('error', () => {});

  return {
    async ringThread(threadId, { delayMs = 0, priority = 0 } = {}) {
      if (delayMs > FARTHEST_RING_MS) return;
      // A ring for later must not swallow one for now, so they are deduplicated apart.
      const id = delayMs > 0 ? `${threadId}-later` : threadId;
      await threads.add(
        'ring',
        { threadId },
        {
          ...RING,
          ...(delayMs > 0 ? { delay: Math.ceil(delayMs) } : {}),
          priority: queuePriority(priority),
          deduplication: { id, keepLastIfActive: true },
        },
      );
    },
    async ringDelivery({ threadId, runId }, hasEnded = false) {
      await deliveries.add(
        'ring',
        { threadId, runId, hasEnded },
        {
          ...RING,
          deduplication: { id: runId, keepLastIfActive: true },
        },
      );
    },
    /** A queue keeps the outcome of its first words with Redis for good, so a start must not go on without them. */
    async ready() {
      await Promise.all([threads.waitUntilReady(), deliveries.waitUntilReady()]);
    },
    queues: [threads, deliveries],
    async depths() {
      return new Map(
        await Promise.all(
          [threads, deliveries].map(async (queue) => [queue.name, await depthOf(queue)] as const),
        ),
      );
    },
    async close() {
      await Promise.all([threads.close(), deliveries.close()]);
    },
  };
}

async function depthOf(queue: Pick<Queue, 'getJobCounts'>): Promise<RingDepth> {
  const counts = await queue.getJobCounts('wait', 'prioritized', 'delayed', 'active');
  const of = (state: string) => counts[state] ?? 0;
  return { waiting: of('wait') + of('prioritized'), delayed: of('delayed'), active: of('active') };
}

/** BullMQ takes the smallest number first, from 1; ours grows with urgency around 0. */
function queuePriority(priority: number): number {
  return Math.max(1, 1_000 - Math.round(priority));
}

export type BellListener = { close(): Promise<void> };

export type Listening<T> = {
  connections: RedisConnections;
  keys: Keys;
  timings: Pick<Timings, 'jobLockMs' | 'stalledCheckMs'>;
  /** Rings answered at the same time by this process. */
  concurrency: number;
  onRing: (data: T) => Promise<void>;
  onError: (error: unknown) => void;
};

/** Answers rings of threads until closed. A ring of a killed process is answered again by another. */
export function listenToThreads(listening: Listening<{ threadId: string }>): BellListener {
  return listen(THREADS_QUEUE, listening);
}

/** Answers rings of deliveries until closed. */
export function listenToDeliveries(listening: Listening<DeliveryRing>): BellListener {
  return listen(DELIVERIES_QUEUE, listening);
}

/**
 * A worker of BullMQ fetches jobs one after the other and begins none of them before it has as many as it may have, or
 * has found the queue empty; the locks of those it has fetched run meanwhile. So one may have this many, and a process
 * that takes more has several: 250 are fetched in a quarter of a second, far within `jobLockMs`.
 */
const RINGS_OF_A_WORKER = 250;

/**
 * After the last ring is answered BullMQ needs a round trip to say so. It waits for ever where a Redis that was killed owes
 * it an answer; then it is left behind, and its rings are answered again by others.
 */
const CLOSES_WITHIN_MS = 2_000;

function listen<T>(queue: string, listening: Listening<T>): BellListener {
  const { connections, keys, timings, concurrency, onRing, onError } = listening;
  const underWay = new Set<Promise<void>>();

  async function answer(data: T): Promise<void> {
    const answered = onRing(data);
    underWay.add(answered);
    try {
      await answered;
    } finally {
      underWay.delete(answered);
    }
  }

  const open = (rings: number): Worker<T> => {
    const worker = new Worker<T>(queue, async (job) => answer(job.data), {
      connection: connections.blocking(`worker ${queue}`),
      prefix: keys.queuePrefix,
      concurrency: rings,
      lockDuration: timings.jobLockMs,
      stalledInterval: timings.stalledCheckMs,
      // BullMQ's own 15 s after a lost connection would be added to the time that noticing it takes.
      runRetryDelay: LIMITS.redisReconnectMs,
      // How often a run may be tried is counted in the database; a doorbell is never worn out.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    worker.on('error', onError);
    worker.on('failed', (_job, error) => onError(error));
    return worker;
  };
  const workers: Worker<T>[] = [];
  for (let left = concurrency; left > 0; left -= RINGS_OF_A_WORKER) {
    workers.push(open(Math.min(left, RINGS_OF_A_WORKER)));
  }
  return {
    async close() {
      const closed = Promise.all(workers.map((worker) => worker.close())).catch(onError);
      const leftBehind = new AbortController();
      const afterTheLast = async () => {
        while (underWay.size > 0) await Promise.allSettled(underWay);
        await pause(CLOSES_WITHIN_MS, undefined, { signal: leftBehind.signal }).catch(() => undefined);
      };
      await Promise.race([closed, afterTheLast()]);
      leftBehind.abort();
    },
  };
}
