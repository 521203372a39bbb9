import { describe, expect, test } from 'vitest';
import { ACKNOWLEDGE_WITHIN_MS } from '../../../src/adapters/slack/limits.ts';
import { LIMITS } from '../../../src/core/limits.ts';
import { TIMINGS } from '../../../src/core/timings.ts';
import { QUICK } from '../../fixtures/quick-timings.ts';

/** A sweep comes an eighth later at most. */
const LATEST_SWEEP = 1.125;

describe.each([
  ['in production', TIMINGS],
  ['in tests', QUICK],
])('%s', (_, timings) => {
  test('a worker is taken for dead only after more than three missed heartbeats', () => {
    for (const limit of [timings.heartbeatStaleMs, timings.deliveryLeaseMs, timings.jobLockMs]) {
      expect(limit).toBeGreaterThan(3 * timings.heartbeatMs);
    }
  });

  test('a delivery may be claimed no later than the run it relays', () => {
    expect(timings.deliveryLeaseMs).toBeLessThanOrEqual(timings.heartbeatStaleMs);
  });

  test("BullMQ looks for lost jobs more often than a job's lock lasts", () => {
    expect(timings.stalledCheckMs).toBeLessThan(timings.jobLockMs);
  });

  test('a delivery that hears nothing looks before its lease is over', () => {
    expect(timings.silenceCheckMs).toBeLessThan(timings.deliveryLeaseMs);
  });
});

test('what a killed worker left is taken over within 10 s', () => {
  const { heartbeatStaleMs, deliveryLeaseMs, jobLockMs, stalledCheckMs, sweepMs } = TIMINGS;

  expect(heartbeatStaleMs + sweepMs * LATEST_SWEEP).toBeLessThanOrEqual(10_000);
  expect(deliveryLeaseMs + sweepMs * LATEST_SWEEP).toBeLessThanOrEqual(10_000);
  expect(jobLockMs + stalledCheckMs).toBeLessThanOrEqual(10_000);
});

test('a lost doorbell delays a run by less than 6 s', () => {
  expect(TIMINGS.overdueMs + TIMINGS.sweepMs * LATEST_SWEEP).toBeLessThan(6_000);
});

test('a cancellation that Redis lost is heard in time to settle in 2 s', () => {
  expect(TIMINGS.heartbeatMs).toBeLessThan(2_000);
});

test('a stop drains runs, then deliveries, and ends before the process is ended', () => {
  expect(TIMINGS.drainMs + LIMITS.deliveryDrainMs).toBeLessThanOrEqual(LIMITS.stopWithinMs - 8_000);
  expect(LIMITS.stopWithinMs).toBeLessThan(30_000);
});

test('what Redis may cost leaves Slack its acknowledgement, and a primary that is chosen anew is waited for', () => {
  expect(LIMITS.redisCommandMs).toBeLessThan(ACKNOWLEDGE_WITHIN_MS);
  // Longer than Slack waits: the event comes again, and is known by then.
  expect(LIMITS.mongodbSelectionMs).toBeGreaterThan(ACKNOWLEDGE_WITHIN_MS);
});

test('text reaches its stream before people could see that it waited', () => {
  expect(TIMINGS.eventBatchMs).toBeLessThanOrEqual(25);
  expect(TIMINGS.eventBatchMs).toBeLessThan(LIMITS.editIntervalMs);
});

test('a stream outlives a run of the longest time', () => {
  expect(TIMINGS.eventTtlMs).toBeGreaterThan(TIMINGS.runTimeoutMs);
});

test('each run in hand can be relayed', () => {
  expect(LIMITS.deliveriesAtOnce).toBeGreaterThanOrEqual(LIMITS.runsAtOnce);
});
