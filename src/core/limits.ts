/**
 * How much one process takes on and how long it waits for what it depends on: ours to tune, and the same everywhere. What
 * must fit together in time is in timings.ts; what a platform decides, in its adapter's limits.ts; what is private to one
 * algorithm, beside it. docs/limits.md is made from the comments of all of them.
 */
export const LIMITS = {
  /**
   * Runs at once in one process. They mostly wait for a model, and a process that dies takes all of them with it.
   * @see docs/performance.md, the bench `relay` with 1,000 streams
   */
  runsAtOnce: 250,
  /**
   * Entries that one process appends to the streams of its runs in a second, about. Beyond it batches grow: text that
   * comes a little later is not noticed, and an entry costs a tenth of a millisecond to write, as much to read, and
   * more for each reader over HTTP.
   * @see docs/performance.md, the benches `relay` with 1,000 streams and `http` with 64; below 20 runs at once nothing is
   * later than `eventBatchMs`
   */
  eventEntriesPerSecond: 1_000,
  /**
   * Previews that one process writes in a second, whatever its platforms allow: finals are not to wait for the processor.
   * @see docs/performance.md, the bench `relay` with 1,000 streams: each grows every 5 s; a write costs about 2 ms of it
   */
  previewsPerSecond: 200,
  /**
   * Deliveries at once in one process. They wait for tokens and for their turn to write.
   * @see docs/performance.md, the bench `relay` with 1,000 streams
   */
  deliveriesAtOnce: 1_000,
  /**
   * After the runs are drained their deliveries get this long for the final text.
   * @see chosen: the rest of `stopWithinMs` after `drainMs`, with 8 s for what is slow to end
   */
  deliveryDrainMs: 5_000,
  /**
   * A stop may take this long before the process ends all the same.
   * @see orchestrators kill 30 s after SIGTERM by default; promise 19
   */
  stopWithinMs: 25_000,
  /**
   * Connections to a MongoDB server: a run needs one now and then for milliseconds, and shares it
   * with those that need it at the same moment.
   * @see docs/performance.md, the bench `runs` at 64
   */
  mongodbConnections: 64,
  /**
   * A write waits this long for a primary, so that a step-down, which takes seconds, is no failure.
   * @see chosen: Slack's three seconds are over by then, so an event that waited longer comes again
   */
  mongodbSelectionMs: 5_000,
  /**
   * Connecting to MongoDB, and each answer to the monitor's question below, may take this long. The driver's own 30 s
   * would outlast the recovery that is promised, for an operation on a connection that a firewall has forgotten ends
   * only when the monitor has noticed.
   * @see promise 30: recovery within 30 s; ten times a slow round trip
   */
  mongodbSilenceMs: 5_000,
  /**
   * How often the driver's monitor hears from each MongoDB server. Together with `mongodbSilenceMs`: a silent server is
   * noticed, and what waits for it fails and is tried again, within 10 s.
   * @see promise 30; the driver's default is 10 s
   */
  mongodbMonitorMs: 5_000,
  /**
   * A readiness probe gives up on MongoDB after this, sooner than its caller.
   * @see probes of orchestrators wait 1 to 5 s
   */
  mongodbPingMs: 2_000,
  /**
   * A command that Redis does not answer within this time counts as lost. A doorbell or an event may be.
   * @see chosen: a thousand times what Redis takes; the sweeper and the final text make good what was lost
   */
  redisCommandMs: 2_000,
  /**
   * A connection to Redis that owes an answer for this long is opened anew: it may be one that a firewall has forgotten,
   * and then it is silent for ever.
   * @see promise 30; more than twice `redisCommandMs`, so that one slow command ends no connection
   */
  redisSilenceMs: 5_000,
  /**
   * The same for connections whose reads block on purpose, ours and an idle worker's for 5 s. (BullMQ blocks for up to 10 s
   * while a ring is due later; then the read begins anew on another connection.)
   * @see promise 30: a black hole may swallow the first words of a new connection just before its end, and then it is
   * noticed so much later; with 13 s of it, one recovery in a few took more than 30 s
   */
  redisBlockingSilenceMs: 7_000,
  /**
   * Longest pause between tries to reconnect to Redis: Redis back is Redis used within a second.
   * @see promise 30: recovery within 30 s
   */
  redisReconnectMs: 1_000,
  /**
   * Rings of one sweep; what is left over is found by the next.
   * @see chosen: 500 of them every `sweepMs` are 200 runs a second from each process
   */
  sweepBatch: 500,
  /**
   * Threads whose time is over that are looked up at once; while there are as many, it goes on.
   * @see chosen: a second or so of deleting
   */
  deletionBatch: 200,
  /**
   * Threads that one process deletes at the same time: each is one transaction of six commands.
   * @see chosen: more than one process makes of them, and few beside what runs need
   */
  deletionsAtOnce: 4,
  /**
   * Messages, files, facts or records that are erased at once because they are too old; while there are as many, it goes on.
   * @see chosen: what one transaction of MongoDB does in some ten milliseconds
   */
  retentionBatch: 200,
  /**
   * A thread that was made for one run is kept this long after its end, so that whoever waits for the outcome still
   * reads it.
   * @see chosen: a reader whose connection broke is back within seconds
   */
  afterlifeMs: 60_000,
  /**
   * Longest metadata of a thread, and longest custom state, in bytes of their JSON: both are read with each run, and each
   * change of the custom state keeps a copy of it.
   * @see chosen: a quarter of the longest request
   */
  threadDataBytes: 262_144,
  /**
   * An answer is given again for its Idempotency-Key so long.
   * @see the API promises 24 h
   */
  idempotencyMs: 86_400_000,
  /**
   * Requests of one API key in `requestWindowMs`, over all processes: far above what one program needs, and below what
   * would keep others from being served.
   * @see chosen: about twice what the bench `http` reaches with one key on two cores
   */
  requestsPerKey: 20_000,
  /**
   * The window of `requestsPerKey`: whoever asked too much waits no longer than it.
   * @see chosen
   */
  requestWindowMs: 10_000,
  /**
   * After a failure requests are let through for so long before Redis is asked about them again: none waits for a Redis
   * that does not answer.
   * @see chosen: as `redisReconnectMs`
   */
  limiterPauseMs: 1_000,
  /**
   * Levels of arrays and objects in what programs have stored.
   * @see MongoDB: 100 levels in a document, with room for what it is stored in
   */
  storedLevels: 80,
  /**
   * The shortest time between two previews of one answer. Faster than this, people see flicker instead of text growing.
   * @see chosen by eye
   */
  editIntervalMs: 800,
  /**
   * A call to a platform without an answer is given up then, and may have happened. Far above the slowest answers, far
   * below what a person waits for.
   * @see chosen; the outcome is read back, promise 24
   */
  platformCallMs: 10_000,
  /**
   * How often an adapter saves how far it has read: what is read twice after a crash costs calls, nothing else.
   * @see chosen
   */
  cursorSaveMs: 3_000,
} as const;
