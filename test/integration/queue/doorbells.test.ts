import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQueues, type Queues } from '../../../src/queue/index.ts';
import { QUICK } from '../../fixtures/quick-timings.ts';
import { testRedis } from '../../fixtures/stores.ts';

let queues: Queues;
beforeAll(async () => {
  queues = await openQueues({ ...testRedis(), timings: QUICK, newId: randomUUID, onError: () => {} });
});
afterAll(() => queues.close());

test('a bell for soon is rung then, and one far ahead is left to the sweeper', async () => {
  await queues.doorbells.ringThread('soon', { delayMs: 4_000 });
  await queues.doorbells.ringThread('tomorrow', { delayMs: 86_400_000 });
  await queues.doorbells.ringThread('now');
  expect((await queues.rings.depths()).get('threads')).toEqual({ waiting: 1, delayed: 1, active: 0 });
});
