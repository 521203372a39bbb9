/** Every interval and limit of runs and deliveries, in one place, with its reason. Milliseconds unless said otherwise. */
export type Timings = {
  /** A worker tells that it lives, and learns of cancellations that the broadcast lost. Cancelling must settle in 2 s. */
  heartbeatMs: number;
  /** A run whose heartbeat is older belongs to nobody: four missed heartbeats, so that one slow write is no death. */
  heartbeatStaleMs: number;
  /** A delivery's right to write to its platform without asking again; renewed with each heartbeat. */
  deliveryLeaseMs: number;
  /** BullMQ's job lock, renewed at half: a killed worker's job is free after it. */
  jobLockMs: number;
  /** How often BullMQ looks for jobs whose lock is gone. */
  stalledCheckMs: number;
  /** The sweeper's period: bounds how long a lost doorbell delays a run. */
  sweepMs: number;
  /** A queued run older than this should have been picked up; the sweeper rings for it. */
  overdueMs: number;
  /** Attempts of a run before it fails for good (design.md). */
  maxAttempts: number;
  /** Wait before the next attempt of a run that failed: doubled each time. */
  attemptBackoffMs: number;
  /** The longest an attempt may take. */
  runTimeoutMs: number;
  /** Quiet time after which a collected burst becomes a run. */
  collectMs: number;
  /** How late a run's text may reach its stream: small enough not to be seen, large enough to batch tokens. */
  eventBatchMs: number;
  /** Entries that a run's stream keeps. A batch is one entry, so this is minutes of streaming. */
  eventMaxEntries: number;
  /** A run's stream is kept this long after its last event, for readers that come late. */
  eventTtlMs: number;
  /** A delivery that hears nothing asks the database this often whether its run has ended. */
  silenceCheckMs: number;
  /** A drain waits this long for runs in flight before it gives them back to the queue. */
  drainMs: number;
};

export const TIMINGS: Timings = {
  heartbeatMs: 1_500,
  heartbeatStaleMs: 6_000,
  deliveryLeaseMs: 6_000,
  jobLockMs: 6_000,
  stalledCheckMs: 2_000,
  sweepMs: 2_500,
  overdueMs: 2_500,
  maxAttempts: 3,
  attemptBackoffMs: 500,
  runTimeoutMs: 600_000,
  collectMs: 800,
  eventBatchMs: 20,
  eventMaxEntries: 5_000,
  eventTtlMs: 900_000,
  silenceCheckMs: 2_000,
  drainMs: 15_000,
};
