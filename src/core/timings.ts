/** Every interval and limit of runs and deliveries, in one place, with its reason. Milliseconds unless said otherwise. */
export type Timings = {
  /**
   * A worker tells that it lives, and learns of cancellations that the broadcast lost. Cancelling must settle in 2 s.
   * @see promise 18
   */
  heartbeatMs: number;
  /**
   * A run whose heartbeat is older belongs to nobody: four missed heartbeats, so that one slow write is no death.
   * @see chosen; recovery within 10 s
   */
  heartbeatStaleMs: number;
  /**
   * A delivery's right to write to its platform without asking again; renewed with each heartbeat.
   * @see as `heartbeatStaleMs`
   */
  deliveryLeaseMs: number;
  /**
   * BullMQ's job lock, renewed at half: a killed worker's job is free after it.
   * @see BullMQ: `lockDuration`, renewed at half of it
   */
  jobLockMs: number;
  /**
   * How often BullMQ looks for jobs whose lock is gone.
   * @see BullMQ: `stalledInterval`
   */
  stalledCheckMs: number;
  /**
   * The sweeper's period: bounds how long a lost doorbell delays a run.
   * @see promise 15, and recovery within 10 s
   */
  sweepMs: number;
  /**
   * A queued run older than this should have been picked up; the sweeper rings for it.
   * @see chosen: an idle worker takes a run up in milliseconds
   */
  overdueMs: number;
  /**
   * How often a worker process looks for threads whose time is over, to delete them.
   * @see chosen: a fifth of a query a second
   */
  expiryMs: number;
  /**
   * How often what is too old to be kept is looked for, once over all processes.
   * @see chosen: limits are days, and a look costs each project with limits a few queries
   */
  retentionMs: number;
  /**
   * Attempts of a run before it fails for good.
   * @see promise 13
   */
  maxAttempts: number;
  /**
   * Wait before the next attempt of a run that failed: doubled each time.
   * @see chosen: a model that failed once often answers the next call
   */
  attemptBackoffMs: number;
  /**
   * Runs on their last chance (core/runs/last-chance.ts) that a process executes at once.
   * @see chosen: the one that kills its process must have no other beside it
   */
  lastChancesAtOnce: number;
  /**
   * How long another one of those waits before it asks again.
   * @see chosen: about the time that a short answer takes
   */
  lastChanceRetryMs: number;
  /**
   * The longest an attempt may take.
   * @see chosen: a worker may be held by one run for so long at most
   */
  runTimeoutMs: number;
  /**
   * Quiet time after which a collected burst becomes a run.
   * @see chosen: people who send a thought in pieces pause less
   */
  collectMs: number;
  /**
   * How late a run's text may reach its stream: small enough not to be seen, large enough to batch tokens.
   * @see design: at most 25 ms late
   */
  eventBatchMs: number;
  /**
   * Entries that a run's stream keeps. A batch is one entry, so this is minutes of streaming.
   * @see chosen: 5,000 batches of `eventBatchMs` are 100 s of uninterrupted tokens, some megabyte
   */
  eventMaxEntries: number;
  /**
   * A run's stream is kept this long after its last event, for readers that come late.
   * @see chosen: a page that was left open for a quarter of an hour still finds the stream
   */
  eventTtlMs: number;
  /**
   * A delivery that hears nothing asks the database this often whether its run has ended.
   * @see chosen: half a query a second for each delivery that hears nothing
   */
  silenceCheckMs: number;
  /**
   * A drain waits this long for runs in flight before it gives them back to the queue.
   * @see promise 19: exit within 25 s
   */
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
  expiryMs: 5_000,
  retentionMs: 600_000,
  maxAttempts: 3,
  attemptBackoffMs: 500,
  lastChancesAtOnce: 1,
  lastChanceRetryMs: 1_000,
  runTimeoutMs: 600_000,
  collectMs: 800,
  eventBatchMs: 20,
  eventMaxEntries: 5_000,
  eventTtlMs: 900_000,
  silenceCheckMs: 2_000,
  drainMs: 12_000,
};
