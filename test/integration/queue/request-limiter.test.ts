import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openQueues, type Queues } from '../../../src/queue/index.ts';
import { QUICK } from '../../fixtures/run-engine.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { startPrivateRedis } from '../../fixtures/private-stores.ts';
import { testRedis } from '../../fixtures/stores.ts';

let redis: { url: string; prefix: string };
let opened: Queues[] = [];
beforeEach(() => {
  redis = testRedis();
});
afterEach(async () => {
  await Promise.all(opened.map((queues) => queues.close()));
  opened = [];
});

async function open(requests: number, windowMs: number, onError = () => {}): Promise<Queues> {
  const queues = await openQueues({
    ...redis,
    timings: QUICK,
    newId: randomUUID,
    requestLimit: { requests, windowMs },
    onError,
  });
  opened.push(queues);
  return queues;
}

test('all processes share the limit of a key, and other keys are not touched by it', async () => {
  const [one, other] = await Promise.all([open(10, 60_000), open(10, 60_000)]);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? one : other).limiter.take('busy')),
  );
  const refused = answers.flatMap((answer) => (answer.allowed ? [] : answer.retryAfterMs));
  expect(answers.length - refused.length).toBe(10);
  for (const waitMs of refused) {
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(60_000);
  }
  expect(await other.limiter.take('quiet')).toEqual({ allowed: true });
});

test('a large limit is taken in shares: never more than it, and of what is asked for at once hardly less', async () => {
  const [one, other] = await Promise.all([open(4_000, 60_000), open(4_000, 60_000)]);
  let allowed = 0;
  for (let round = 0; round < 60; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? one : other).limiter.take('busy')),
    );
    allowed += answers.filter((answer) => answer.allowed).length;
  }
  expect(allowed).toBeLessThanOrEqual(4_000);
  expect(allowed).toBeGreaterThan(3_980);
});

test('whoever waits as long as told is let through again', async () => {
  const { limiter } = await open(2, 1_000);
  await limiter.take('key');
  await limiter.take('key');
  const refused = await limiter.take('key');
  if (refused.allowed) throw new Error('it was let through');
  const begun = Date.now();
  await eventually(async () => ((await limiter.take('key')).allowed ? true : null), 'let through again');
  expect(Date.now() - begun).toBeLessThan(refused.retryAfterMs + 300);
});

test('while Redis is away every request is let through, at once, and afterwards the limit holds again', async () => {
  const own = await startPrivateRedis();
  redis = { url: own.url, prefix: 'limited' };
  let failures = 0;
  const { limiter } = await open(3, 60_000, () => {
    failures += 1;
  });
  for (let count = 0; count < 3; count += 1) await limiter.take('key');
  expect((await limiter.take('key')).allowed).toBe(false);
  await own.kill();
  expect((await limiter.take('another')).allowed).toBe(true);
  const begun = Date.now();
  for (let count = 0; count < 1_000; count += 1) expect((await limiter.take('third')).allowed).toBe(true);
  expect(Date.now() - begun).toBeLessThan(1_000);
  expect(failures).toBeGreaterThan(0);
  await own.restart();
  await eventually(async () => ((await limiter.take('third')).allowed ? null : true), 'limited again');
  await Promise.all(opened.map((queues) => queues.close()));
  opened = [];
  await own.stop();
});
