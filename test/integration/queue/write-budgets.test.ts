import { randomUUID } from 'node:crypto';
import { fc } from '../../fixtures/fast-check.ts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  EMPTY_WINDOW,
  holdWrites,
  recordWrite,
  waitForWrite,
  type WriteWindow,
} from '../../../src/core/pacing/write-window.ts';
import type { WriteBudget, WriteKind } from '../../../src/core/ports.ts';
import { TIMINGS } from '../../../src/core/timings.ts';
import { openQueues, type Queues } from '../../../src/queue/index.ts';
import { isFullSize } from '../../fixtures/promise.ts';
import { testRedis } from '../../fixtures/stores.ts';

vi.setConfig({ testTimeout: isFullSize ? 120_000 : 30_000 });

let store: { url: string; prefix: string };
let queues: Queues;
let redis: Redis;
beforeAll(async () => {
  store = testRedis();
  redis = new Redis(store.url);
  queues = await openQueues({ ...store, timings: TIMINGS, newId: randomUUID, onError: () => {} });
});
afterAll(async () => {
  redis.disconnect();
  await queues.close();
});

/** Windows are long and writes of the past are put in by hand, so that the test need not wait for Redis's clock. */
const budget = fc.record({
  limit: fc.integer({ min: 1, max: 8 }),
  windowMs: fc.integer({ min: 20_000, max: 60_000 }),
  reserve: fc.nat(4),
  finals: fc.option(
    fc.record({ count: fc.integer({ min: 1, max: 5 }), withinMs: fc.integer({ min: 1_000, max: 40_000 }) }),
    { nil: undefined },
  ),
  /** How long ago it was written to. */
  written: fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 8 }),
  heldMs: fc.constantFrom(0, 0, 5_000),
});

const kinds = fc.array(fc.constantFrom<WriteKind>('preview', 'post', 'final'), {
  minLength: 1,
  maxLength: 10,
});

/** Redis tells its time in whole milliseconds and a test cannot stop it: what passes between two looks. */
const PASSED_MS = 2_000;

test('the shared budgets grant, refuse and make wait exactly as the reference window does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(budget, { minLength: 1, maxLength: 2 }), kinds, async (given, asked) => {
      // Given budgets with a past, the same in Redis and in the model
      const begun = await redisNow();
      const name = randomUUID();
      const state = given.map(({ written, heldMs, finals, ...rest }, index) => {
        const each: WriteBudget = {
          ...rest,
          key: `slack:${name}:${index}`,
          ...(finals === undefined ? {} : { finals }),
        };
        // Not so near an edge that the clock decides.
        const times = written
          .map((ago) => begun - ago)
          .filter((at) => !nearAnEdge(begun - at, each))
          .sort((a, b) => a - b);
        const writes = times.filter((at) => at > begun - each.windowMs);
        const window: WriteWindow = holdWrites({ ...EMPTY_WINDOW, writes }, heldMs, begun);
        return { budget: each, window, heldMs, times };
      });
      for (const { budget, heldMs, times } of state) {
        for (const at of times) await redis.zadd(queues.keys.budget(budget.key), at, randomUUID());
        if (heldMs > 0) await queues.budgets.penalise([budget], heldMs);
      }
      const budgets = state.map(({ budget }) => budget);
      // When writes are asked for
      for (const kind of asked) {
        const now = await redisNow();
        const expected = Math.max(
          ...state.map(({ window, budget }) => waitForWrite(window, budget, kind, now)),
        );
        const answer = await queues.budgets.take(budgets, kind, 'member');
        // Then each is granted by both or by neither, and the waits agree
        expect(answer.waitMs === 0, `${kind}: model ${expected}, Redis ${answer.waitMs}`).toBe(
          expected === 0,
        );
        expect(Math.abs(answer.waitMs - expected)).toBeLessThan(PASSED_MS);
        expect(answer.active).toEqual(budgets.map(() => 1));
        if (answer.waitMs > 0) continue;
        for (const each of state) each.window = recordWrite(each.window, each.budget, now);
      }
    }),
    { numRuns: isFullSize ? 500 : 50 },
  );
});

/** Within what may pass during one example, a write leaves a window that it is still in. */
function nearAnEdge(ageMs: number, { windowMs, finals }: WriteBudget): boolean {
  const edges = [windowMs, ...(finals === undefined ? [] : [Math.max(0, windowMs - finals.withinMs)])];
  return edges.some((edge) => Math.abs(edge - ageMs) < PASSED_MS);
}

async function redisNow(): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

test('two processes that take at one moment share one budget to the last write', async () => {
  const other = await openQueues({
    ...store,
    timings: TIMINGS,
    newId: randomUUID,
    onError: () => {},
  });
  const shared: WriteBudget = { key: `slack:${randomUUID()}:x`, limit: 30, windowMs: 60_000, reserve: 10 };
  const take = (index: number, kind: WriteKind) =>
    (index % 2 === 0 ? queues : other).budgets.take([shared], kind, `member-${index}`);
  const previews = await Promise.all(Array.from({ length: 50 }, (_, index) => take(index, 'preview')));
  expect(previews.filter(({ waitMs }) => waitMs === 0)).toHaveLength(20);
  const finals = await Promise.all(Array.from({ length: 50 }, (_, index) => take(index, 'final')));
  expect(finals.filter(({ waitMs }) => waitMs === 0)).toHaveLength(10);
  expect(Math.max(...finals.flatMap(({ active }) => active))).toBe(50);
  await other.close();
});
