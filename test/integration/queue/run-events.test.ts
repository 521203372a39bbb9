import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PositionedRunEvent, RunEventId } from '../../../src/core/runs/run-event.ts';
import type { RunLease } from '../../../src/core/runs/run.ts';
import { TIMINGS } from '../../../src/core/timings.ts';
import { openQueues, type Queues } from '../../../src/queue/index.ts';
import { type PrivateStore, startPrivateRedis } from '../../fixtures/private-stores.ts';

vi.setConfig({ testTimeout: 30_000 });

let store: PrivateStore;
let redis: Redis;
let queues: Queues;
let errors: unknown[] = [];
beforeAll(async () => {
  store = await startPrivateRedis();
  redis = new Redis(store.url);
  queues = await openQueues({
    url: store.url,
    prefix: 'events',
    timings: { ...TIMINGS, eventBatchMs: 2, eventMaxEntries: 100, eventTtlMs: 60_000 },
    newId: randomUUID,
    onError: (error) => errors.push(error),
  });
});
afterAll(async () => {
  await queues.close();
  redis.disconnect();
  await store.stop();
});

const newRun = (fence = 1): RunLease => ({ threadId: randomUUID(), runId: randomUUID(), fence });

function follow(run: RunLease, from: RunEventId | null = null) {
  const heard: PositionedRunEvent[] = [];
  const unfollow = queues.events.follow(run, from, (events) => heard.push(...events));
  return { heard, unfollow, text: () => textOf(heard) };
}

function textOf(events: PositionedRunEvent[]): string {
  return events.flatMap(({ event }) => (event.type === 'text' ? [event.delta] : [])).join('');
}

/** Says words from `first` to `last`, each in a batch of its own. */
async function say(run: RunLease, first: number, last: number, writer = queues.events.writer(run)) {
  for (let word = first; word <= last; word += 1) {
    writer.emit({ type: 'text', delta: `${word} `, offset: 0 });
    await writer.flush();
  }
  return writer;
}

const words = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index} `).join('');

test('several followers of a run each hear everything in order, also those that join late or at a position', async () => {
  const run = newRun();
  const early = [follow(run), follow(run)];
  const writer = await say(run, 1, 20);
  await vi.waitFor(() => expect(early[0]?.text()).toBe(words(1, 20)));
  const position = early[0]?.heard[9]?.id ?? null;
  // When others join while the run goes on speaking
  const speaking = say(run, 21, 60, writer);
  const late = follow(run);
  const fromTen = follow(run, position);
  await speaking;
  const latest = follow(run);
  // Then all hear all, once, and the one with a position what comes after it
  await vi.waitFor(() => {
    for (const follower of [...early, late, latest]) expect(follower.text()).toBe(words(1, 60));
    expect(fromTen.text()).toBe(words(11, 60));
  });
  for (const follower of [...early, late, latest, fromTen]) follower.unfollow();
});

test('a run is read page by page, whole and in order, also from inside a batch', async () => {
  const run = newRun();
  const writer = await say(run, 1, 7);
  for (const name of ['a', 'b', 'c']) writer.emit({ type: 'custom', name, data: null });
  await writer.flush();
  // When it is read three batches at a time
  const pages: PositionedRunEvent[][] = [];
  for (let from: RunEventId | null = null; ; from = pages.at(-1)?.at(-1)?.id ?? null) {
    const page = await queues.events.read(run, from, 3);
    if (page.length === 0) break;
    pages.push(page);
  }
  // Then every event is there once
  expect(pages.map(({ length }) => length)).toEqual([3, 3, 4]);
  expect(textOf(pages.flat())).toBe(words(1, 7));
  const inside = await queues.events.read(run, '1-8', 3);
  expect(inside.map(({ id }) => id)).toEqual(['1-9', '1-10']);
  expect(await queues.events.read(newRun(), null, 3)).toEqual([]);
});

test('one blocking connection serves all followed streams of a process', async () => {
  const connections = async () => Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))?.[1]);
  const blocked = async () => Number(/blocked_clients:(\d+)/.exec(await redis.info('clients'))?.[1]);
  const before = await connections();
  const runs = Array.from({ length: 100 }, () => newRun());
  const followers = runs.map((run) => follow(run));
  await Promise.all(runs.map((run) => say(run, 1, 2)));
  await vi.waitFor(() => {
    for (const follower of followers) expect(follower.text()).toBe(words(1, 2));
  });
  expect(await connections()).toBe(before);
  await vi.waitFor(async () => expect(await blocked()).toBe(1));
  for (const follower of followers) follower.unfollow();
});

test('what a stale attempt appends is refused, and nobody hears it', async () => {
  const stale = newRun(1);
  const newer: RunLease = { ...stale, fence: 2 };
  const { heard, unfollow, text } = follow(stale);
  const staleWriter = await say(stale, 1, 2);
  const newWriter = await say(newer, 101, 102);
  errors = [];
  await say(stale, 3, 9, staleWriter);
  expect(errors.map(String)).toEqual(Array(7).fill(expect.stringContaining('equal or smaller')));
  await say(newer, 103, 104, newWriter);
  await vi.waitFor(() => expect(text()).toBe(words(1, 2) + words(101, 104)));
  expect(heard.map(({ id }) => id)).toEqual(['1-1', '1-2', '2-1', '2-2', '2-3', '2-4']);
  unfollow();
});

test("a run's stream keeps no more entries than allowed, and is forgotten in its time", async () => {
  const run = newRun();
  const key = queues.keys.runEvents(run.runId);
  await say(run, 1, 1_000);
  // Redis trims whole nodes of its tree, of 100 entries each.
  expect(await redis.xlen(key)).toBeLessThanOrEqual(200);
  const left = await redis.pttl(key);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(60_000);
});

test('text that arrives together travels in one entry, and a reader loses none of it', async () => {
  const run = newRun();
  const { unfollow, text } = follow(run);
  const writer = queues.events.writer(run);
  for (let word = 1; word <= 50; word += 1) writer.emit({ type: 'text', delta: `${word} `, offset: 0 });
  await writer.flush();
  await vi.waitFor(() => expect(text()).toBe(words(1, 50)));
  expect(await redis.xlen(queues.keys.runEvents(run.runId))).toBe(1);
  unfollow();
});

test('every listener of a process hears a cancellation, and none after it has left', async () => {
  const heard: string[] = [];
  const leave = ['first', 'second', 'third'].map((name) =>
    queues.cancels.subscribe(({ runId, action }) => heard.push(`${name} ${runId} ${action}`)),
  );
  await queues.cancels.publish({ threadId: 't', runId: 'r1', action: 'rollback' });
  await vi.waitFor(() => expect(heard).toHaveLength(3));
  leave[1]?.();
  await queues.cancels.publish({ threadId: 't', runId: 'r2', action: 'interrupt' });
  await vi.waitFor(() => expect(heard).toHaveLength(5));
  expect(heard.slice(3)).toEqual(['first r2 interrupt', 'third r2 interrupt']);
  leave[0]?.();
  leave[2]?.();
});
