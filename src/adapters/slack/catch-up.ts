import type { Clock } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { CursorStore, ThreadStore } from '../../core/ports.ts';
import type { CursorTracker } from './cursor-tracker.ts';
import type { HistoryReader, Membership } from './history.ts';
import type { Json } from './json.ts';
import { readMissedEvents } from './missed-events.ts';
import { dateToTs, earliest, isTs, type SlackTs, tsBefore, tsMinus, tsToDate } from './timestamp.ts';
import { outcomeOfError } from './write-outcome.ts';

/** Threads that were alive in the two weeks before we went away may have gone on without us. */
const KNOWN_THREADS_AGE_MS = 14 * 86_400_000;
const MOST_KNOWN_THREADS = 500;

/** Events on the way when the socket was lost may be that much older. */
const LOST_MARGIN_MS = 60_000;

/** Waits before a look that failed is made again; the last of them from then on. A gap is never given up. */
const RETRY_WAITS_MS = [5_000, 15_000, 60_000, 300_000] as const;

export type CatchUpSettings = {
  teamId: string;
  tracker: CursorTracker;
  history: HistoryReader;
  cursors: CursorStore;
  threads: Pick<ThreadStore, 'recentByPlatform'>;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
  noteChannel: (id: string, name: string | null) => void;
  /** Handles an event as if Slack had sent it now. */
  handle: (event: Json) => Promise<void>;
};

/** Reads after what was missed while away, one pass at a time, and tries again until no gap is left. */
export class CatchUp {
  readonly #settings: CatchUpSettings;
  /** Where the bot began; what is older is not answered. */
  readonly #beganAt = new Map<string, SlackTs>();
  #lostAt: SlackTs | null = null;
  #isWanted = false;
  #running: Promise<void> | undefined;

  constructor(settings: CatchUpSettings) {
    this.#settings = settings;
  }

  /** From now on events may be lost; positions stand still until a pass has filled the gap. */
  noteLost(at: Date | null): void {
    this.#settings.tracker.openGaps();
    if (at !== null) this.#lostAt = earliest(tsMinus(dateToTs(at), LOST_MARGIN_MS), this.#lostAt);
  }

  /** Starts a pass, or another one after the pass that runs. Resolves when no gap is left, or on stop. Never rejects. */
  run(): Promise<void> {
    this.#isWanted = true;
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined;
      if (this.#isWanted && !this.#settings.signal.aborted) void this.run();
    });
    return this.#running;
  }

  /** Resolves when no pass is running. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #runAll(): Promise<void> {
    const { logger, clock, signal } = this.#settings;
    for (let failures = 0; this.#isWanted && !signal.aborted; ) {
      this.#isWanted = false;
      try {
        await this.#pass();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.#isWanted = true;
        logger.warn({ err: error, failures }, 'slack catch-up failed and will be tried again');
        await clock.sleep(RETRY_WAITS_MS[Math.min(failures, RETRY_WAITS_MS.length - 1)] ?? 0, signal);
        failures += 1;
      }
    }
  }

  async #pass(): Promise<void> {
    const { tracker, cursors, threads, clock, logger, noteChannel } = this.#settings;
    tracker.openGaps();
    const startedAt = dateToTs(clock.now());
    const lostAt = this.#lostAt;
    const memberships = await this.#memberships();
    for (const { id, name } of memberships) noteChannel(id, name);
    const stored = await cursors.load([this.#teamKey(), ...memberships.map(({ id }) => this.channelKey(id))]);
    const everywhere = stored.get(this.#teamKey());
    const starts = new Map(
      memberships.map((membership) => {
        const own = stored.get(this.channelKey(membership.id)) ?? everywhere;
        return [membership, this.#startOf(membership.id, own, startedAt, lostAt)] as const;
      }),
    );
    if (everywhere === undefined) await cursors.save(new Map([[this.#teamKey(), startedAt]]));
    tracker.narrowGaps(memberships.map(({ id }) => id));
    const oldest = earliest(startedAt, ...starts.values());
    const since = new Date(tsToDate(oldest).getTime() - KNOWN_THREADS_AGE_MS);
    const known = await threads.recentByPlatform('slack', since, MOST_KNOWN_THREADS);
    const failed: unknown[] = [];
    for (const [membership, from] of starts) {
      const open = known.flatMap(({ origin, closed }) =>
        origin?.channel === membership.id && origin.tenant === this.#settings.teamId && closed === null
          ? [origin.thread]
          : [],
      );
      await this.#fill(membership, from, startedAt, open).catch((error: unknown) => failed.push(error));
    }
    if (failed.length > 0) throw failed[0];
    if (this.#lostAt === lostAt) this.#lostAt = null;
    logger.debug({ channels: memberships.length }, 'slack caught up');
  }

  /** None, with a warning, where the bot may not ask: then nothing can be read after, and positions must not wait. */
  async #memberships(): Promise<Membership[]> {
    try {
      return await this.#settings.history.memberships();
    } catch (error) {
      const outcome = outcomeOfError(error, 'repeatable');
      if (outcome.kind !== 'rejected') throw error;
      this.#settings.logger.error(
        { reason: outcome.reason },
        `slack cannot be caught up: ${outcome.sentence}`,
      );
      return [];
    }
  }

  channelKey(channel: string): string {
    return `slack:${this.#settings.teamId}:${channel}`;
  }

  /** The position for channels that have none of their own: they are new, and what was said since is news. */
  #teamKey(): string {
    return `slack:${this.#settings.teamId}`;
  }

  async saveMoved(): Promise<void> {
    const { tracker, cursors } = this.#settings;
    const { channels, everywhere } = tracker.moved();
    const positions = new Map([...channels].map(([channel, ts]) => [this.channelKey(channel), ts]));
    if (positions.size === 0) return;
    if (everywhere !== null) positions.set(this.#teamKey(), everywhere);
    await cursors.save(positions);
    tracker.noteSaved(channels);
  }

  #startOf(channel: string, stored: SlackTs | undefined, now: SlackTs, lostAt: SlackTs | null): SlackTs {
    if (stored === undefined && !this.#beganAt.has(channel)) this.#beganAt.set(channel, now);
    const firstOpen = this.#settings.tracker.firstOpen(channel);
    const from = earliest(stored ?? now, lostAt, firstOpen === null ? null : tsBefore(firstOpen));
    const began = this.#beganAt.get(channel);
    return began !== undefined && from < began ? began : from;
  }

  async #fill(membership: Membership, from: SlackTs, until: SlackTs, known: SlackTs[]): Promise<void> {
    const { tracker, history, handle, logger, signal } = this.#settings;
    const channel = membership.id;
    let events: Json[] = [];
    try {
      events = await readMissedEvents(history, membership, from, until, known);
    } catch (error) {
      const outcome = outcomeOfError(error, 'repeatable');
      if (outcome.kind !== 'rejected') throw error;
      logger.warn({ channel, reason: outcome.reason }, 'slack channel cannot be read after the gap');
    }
    for (const event of events) {
      signal.throwIfAborted();
      try {
        await handle(event);
        if (isTs(event['ts'])) tracker.reach(channel, event['ts']);
      } catch (error) {
        // What can never be taken must not hold up what can.
        if (!(error instanceof ThreadrelayError && error.code === 'invalid_input')) throw error;
        logger.warn({ channel, err: error }, 'a missed slack event was refused and is skipped');
      }
    }
    tracker.reach(channel, from);
    tracker.closeGap(channel, until);
  }
}
