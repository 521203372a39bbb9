import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { PositionedRunEvent } from '../../../src/core/runs/run-event.ts';
import { defineWorkflow } from '../../../src/core/workflows/workflow.ts';
import { type PrivateStore, startPrivateRedis } from '../../fixtures/private-stores.ts';
import { promise } from '../../fixtures/promise.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';

vi.setConfig({ testTimeout: 90_000 });

let store: PrivateStore;
let redis: Redis;
let engine: RunEngine | null = null;
beforeAll(async () => {
  store = await startPrivateRedis();
  redis = new Redis(store.url);
});
afterEach(async () => {
  await engine?.close();
  engine = null;
});
afterAll(async () => {
  redis.disconnect();
  await store.stop();
});

/** As many in CI: fewer would not fill the hands of one worker. */
const QUEUED = 100;

promise(15, '', { tries: QUEUED, timeoutMs: 90_000 }, async ({ passed }) => {
  // Given a worker with its hands full, and more runs in the queue
  const gate = Promise.withResolvers<void>();
  let executing = 0;
  const gated = defineWorkflow({
    name: 'assistant',
    description: 'Waits at a gate, then answers.',
    async *run() {
      executing += 1;
      await gate.promise;
      yield { type: 'text', delta: 'here I am' };
    },
  });
  const { ingest, stores, addWorker, sweeper } = (engine = await startRunEngine({
    workflows: [gated],
    redis: { url: store.url, prefix: 'flushed' },
  }));
  addWorker();
  sweeper();
  const runs = await Promise.all(
    Array.from({ length: QUEUED }, async () => startedRun(await ingest.message(incoming()))),
  );
  await vi.waitFor(() => expect(executing).toBe(32), 10_000);
  await vi.waitFor(async () => expect(await redis.keys('*threads:*')).not.toEqual([]));
  // When Redis forgets everything
  await redis.flushall();
  gate.resolve();
  // Then every run is found again and answered
  const since = Date.now();
  for (const run of runs) {
    const left = 60_000 - (Date.now() - since);
    expect(await runEnds(stores, run, left)).toMatchObject({ status: 'succeeded' });
    const messages = await stores.messages.tail(run.threadId, 10);
    expect(messages.filter(({ role }) => role === 'ai')).toHaveLength(1);
  }
  passed(QUEUED, Date.now() - since);
});

test('a follower hears what comes after a FLUSHALL, and sees the gap by the offset', async () => {
  // Given a run that speaks when it is told to
  const go = Promise.withResolvers<void>();
  const speaking = defineWorkflow({
    name: 'assistant',
    description: 'Says one word, waits, and says two more.',
    async *run() {
      yield { type: 'text', delta: 'one ' };
      await go.promise;
      yield { type: 'text', delta: 'two ' };
      await delay(100);
      yield { type: 'text', delta: 'three' };
    },
  });
  const { ingest, stores, queues, addWorker } = (engine = await startRunEngine({
    workflows: [speaking],
    redis: { url: store.url, prefix: 'gap' },
  }));
  addWorker();
  const run = startedRun(await ingest.message(incoming()));
  const heard: PositionedRunEvent[] = [];
  const unfollow = queues.events.follow(run, null, (events) => heard.push(...events));
  await vi.waitFor(() => expect(heard.map(({ event }) => event.type)).toContain('text'));
  // When Redis forgets the stream in the middle of it
  await redis.flushall();
  go.resolve();
  await runEnds(stores, run);
  await vi.waitFor(() => expect(heard.at(-1)?.event.type).toBe('end'));
  // Then one who was there has heard everything
  const textOf = (events: PositionedRunEvent[]) =>
    events.flatMap(({ event }) => (event.type === 'text' ? [event.delta] : [])).join('');
  expect(textOf(heard)).toBe('one two three');
  // And one who comes later hears the rest, which says by its offset that something is missing
  const late: PositionedRunEvent[] = [];
  const unfollowLate = queues.events.follow(run, null, (events) => late.push(...events));
  await vi.waitFor(() => expect(late.at(-1)?.event.type).toBe('end'));
  expect(textOf(late)).toBe('two three');
  expect(late.find(({ event }) => event.type === 'text')?.event).toMatchObject({ offset: 'one '.length });
  // And the stream, made anew, is forgotten in its time
  expect(await redis.pttl(queues.keys.runEvents(run.runId))).toBeGreaterThan(0);
  unfollow();
  unfollowLate();
});
