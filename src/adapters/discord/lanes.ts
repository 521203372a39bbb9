import type { Clock } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';

export type Task = (signal: AbortSignal) => Promise<void>;

/** Waits between tries to persist: doubled each time up to the greatest. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;

/** Events that wait for the store, each a few kilobytes: beyond this the backfill reads them again from Discord. */
const CAPACITY = 2_000;

/** Time for tasks to notice that they are to stop; a call to the store cannot be cut short. */
const ABORT_MS = 1_000;

/** Thrown to end a task because the adapter stops; what it was to do is left to the next start's backfill. */
export class LanesStopped extends Error {}

/** One queue a channel: its events are persisted in their order, those of other channels do not wait for them. */
export class Lanes {
  private readonly tails = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private waiting = 0;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly capacity: number;

  constructor(clock: Clock, logger: Logger, capacity = CAPACITY) {
    this.clock = clock;
    this.logger = logger;
    this.capacity = capacity;
  }

  get full(): boolean {
    return this.waiting >= this.capacity;
  }

  get idle(): boolean {
    return this.waiting === 0;
  }

  /** Aborted when the adapter stops. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  /** Runs the task after the lane's earlier ones. Resolves when it ended, however it did. */
  push(lane: string, task: Task): Promise<void> {
    const { signal } = this.stopping;
    if (signal.aborted) return Promise.resolve();
    this.waiting += 1;
    const run = async (): Promise<void> => {
      try {
        if (!signal.aborted) await task(signal);
      } catch (thrown) {
        if (!(thrown instanceof LanesStopped))
          this.logger.error({ err: thrown, lane }, 'discord event failed');
      } finally {
        this.waiting -= 1;
      }
    };
    const tail = (this.tails.get(lane) ?? Promise.resolve()).then(run);
    this.tails.set(lane, tail);
    return tail.finally(() => {
      if (this.tails.get(lane) === tail) this.tails.delete(lane);
    });
  }

  /**
   * Tries until it works: Discord does not repeat an event. What is refused for good (not retryable, surely not done)
   * is thrown.
   */
  async persist<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        return await attempt();
      } catch (thrown) {
        if (isHopeless(thrown)) throw thrown;
        this.logger.warn({ err: thrown, waitMs }, 'discord event not persisted, trying again');
        await this.clock.sleep(waitMs, signal);
        if (signal.aborted) throw new LanesStopped();
      }
    }
  }

  /** Takes nothing more, lets tasks under way end, and gives up on them after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await this.settle(graceMs);
    this.stopping.abort();
    await this.settle(ABORT_MS);
  }

  private async settle(ms: number): Promise<void> {
    const settled = new AbortController();
    const running = Promise.all(this.tails.values()).then(() => settled.abort());
    await Promise.race([running, this.clock.sleep(ms, settled.signal)]);
  }
}

function isHopeless(thrown: unknown): boolean {
  return thrown instanceof ThreadrelayError && thrown.code === 'invalid_input' && !thrown.retryable;
}
