import type { APIThreadChannel } from 'discord.js';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { ThreadStore } from '../../core/ports.ts';
import type { Telemetry } from '../../core/telemetry.ts';
import type { DiscordApi } from './api.ts';
import type { CursorBook } from './cursor-book.ts';
import type { Directory, Place } from './directory.ts';
import { placeOf } from './directory.ts';
import type { Lanes } from './lanes.ts';
import type { TakeMessage } from './message-intake.ts';
import { DIRECT_MESSAGES } from './origin.ts';
import { readUntilAnswered } from './places.ts';
import { before, isAfter, justBefore, laterOf, timeOf } from './snowflake.ts';
import { createTurnstile } from './turnstile.ts';
import { PAGE } from './limits.ts';

/** Events of one channel may come a little out of order, those of different channels more so. Reading twice is harmless. */
const CURSOR_MARGIN_MS = 5_000;
const MARK_MARGIN_MS = 60_000;

/** Reads under way at a time: at a usual 100 ms each they leave most of Discord's 50 calls a second to answers. */
const READERS = 2;

/** Direct messages cannot be listed: those with a thread that was touched lately are looked through. */
const DIRECT_MESSAGES_DAYS = 30;
const DIRECT_MESSAGES_LIMIT = 50;

export type BackfillParts = {
  api: DiscordApi;
  directory: Directory;
  lanes: Lanes;
  book: CursorBook;
  threads: Pick<ThreadStore, 'recentByPlatform'>;
  telemetry: Telemetry;
  clock: Clock;
  logger: Logger;
  take: TakeMessage;
};

type Positions = Map<string, string>;
type ArchivedPage = { threads: APIThreadChannel[]; has_more: boolean };

/**
 * Reads what a session did not bring: after every start and every reconnect that could not resume. A channel is read from
 * its cursor, or, if it has none, from its guild's mark; without a mark (the first start) from now on. Reading takes
 * its turn in the channel's lane, so that older messages are persisted before those that arrive meanwhile.
 */
export class Backfill {
  private readonly parts: BackfillParts;
  private readonly newest = new Map<string, number>();
  private readonly turn = createTurnstile(READERS);
  private turns = 0;
  private readonly dropped = new Map<string, { guildId: string | null; firstId: string }>();

  constructor(parts: BackfillParts) {
    this.parts = parts;
  }

  get running(): ReadonlySet<string> {
    return new Set(this.newest.keys());
  }

  /** A guild as GUILD_CREATE showed it. Ends when all that was missed is persisted. */
  async guild(guildId: string, places: Place[]): Promise<void> {
    let isFirst = false;
    await this.once(guildId, async () => {
      const { lanes } = this.parts;
      const readable = places.filter((place) => isReadable(place));
      const loading = this.load([guildId, ...readable.map((place) => place.id)]);
      // Awaited below; a lane may be the first to see that it failed.
      loading.catch(() => undefined);
      await Promise.all(
        readable.map((place) =>
          lanes.push(place.id, async (signal) =>
            this.readNew(place, startOf(await loading, place.id, guildId), signal),
          ),
        ),
      );
      const positions = await loading;
      const mark = positions.get(guildId);
      isFirst = mark === undefined;
      if (mark === undefined) this.begin(guildId, places);
      else await this.archivedThreads(guildId, places, mark);
    });
    if (isFirst) await this.saveFirstMark();
  }

  /** At once: a process that dies without it would have the next one begin after what it had heard. */
  private async saveFirstMark(): Promise<void> {
    const { book, logger } = this.parts;
    try {
      await book.save();
    } catch (thrown) {
      logger.warn({ err: thrown }, 'discord cursors not saved, trying again');
    }
  }

  /** Direct messages with known threads. */
  async directMessages(): Promise<void> {
    await this.once(DIRECT_MESSAGES, async () => {
      const { lanes, threads, clock } = this.parts;
      const since = new Date(clock.now().getTime() - DIRECT_MESSAGES_DAYS * 86_400_000);
      const recent = await lanes.persist(
        () => threads.recentByPlatform('discord', since, DIRECT_MESSAGES_LIMIT * 4),
        lanes.signal,
      );
      const channels = recent
        .flatMap(({ origin }) => (origin?.tenant === DIRECT_MESSAGES ? [origin.channel] : []))
        .slice(0, DIRECT_MESSAGES_LIMIT);
      const positions = await this.load([DIRECT_MESSAGES, ...channels]);
      await Promise.all(
        channels.map((channel) => {
          const start = startOf(positions, channel, DIRECT_MESSAGES);
          if (start === null) return Promise.resolve();
          return lanes.push(channel, (signal) => this.read(channel, null, start.after, signal));
        }),
      );
    });
  }

  /** The queue was full: the message is left to Discord until there is room. */
  drop(guildId: string | null, channelId: string, messageId: string): void {
    this.parts.book.freeze(guildId ?? DIRECT_MESSAGES, 'overflow');
    if (!this.dropped.has(channelId)) this.dropped.set(channelId, { guildId, firstId: messageId });
  }

  /** Reads what was dropped, once the queue is empty again. */
  async recover(): Promise<void> {
    const { lanes, book } = this.parts;
    if (this.dropped.size === 0 || !lanes.idle) return;
    const channels = [...this.dropped];
    this.dropped.clear();
    await Promise.all(
      channels.map(([id, { guildId, firstId }]) =>
        lanes.push(id, (signal) => this.read(id, guildId, justBefore(firstId), signal)),
      ),
    );
    if (lanes.signal.aborted) return;
    const again = new Set([...this.dropped.values()].map(({ guildId }) => guildId ?? DIRECT_MESSAGES));
    for (const [, { guildId }] of channels) {
      const key = guildId ?? DIRECT_MESSAGES;
      if (!again.has(key)) book.thaw(key, 'overflow');
    }
  }

  /** Keeps cursors back while the newest backfill of a guild runs; an older one that ends later changes nothing. */
  private async once(key: string, run: () => Promise<void>): Promise<void> {
    const { book, lanes, logger } = this.parts;
    this.turns += 1;
    const turn = this.turns;
    this.newest.set(key, turn);
    book.freeze(key, 'session');
    try {
      await run();
      if (lanes.signal.aborted || this.newest.get(key) !== turn) return;
      this.newest.delete(key);
      book.thaw(key, 'session');
    } catch (thrown) {
      // The cursors stay where they are: the next session tries again from there.
      if (!lanes.signal.aborted) logger.error({ err: thrown, guildId: key }, 'discord backfill failed');
    }
  }

  private load(ids: string[]): Promise<Positions> {
    const { lanes, book } = this.parts;
    return lanes.persist(() => book.load(ids), lanes.signal);
  }

  /** The first start: everything until now is the past. */
  private begin(guildId: string, places: Place[]): void {
    const ids = places.flatMap(({ id, lastMessageId }) => [id, lastMessageId ?? id]);
    const now = ids.reduce((latest, id) => laterOf(latest, id), guildId);
    this.parts.book.persisted(guildId, guildId, now);
  }

  private async archivedThreads(guildId: string, places: Place[], mark: string): Promise<void> {
    const parents = places.filter((place) => place.kind === 'forum' || place.kind === 'text');
    for (const parent of parents) {
      const found = await this.listArchived(parent, timeOf(before(mark, MARK_MARGIN_MS)));
      const positions = await this.load([guildId, ...found.map((place) => place.id)]);
      for (const place of found) {
        await this.parts.lanes.push(place.id, async (signal) => {
          this.parts.directory.put(place);
          await this.readNew(place, startOf(positions, place.id, guildId), signal);
        });
      }
    }
  }

  /** Threads archived since, newest first. */
  private async listArchived(parent: Place, since: Date): Promise<Place[]> {
    const { api, clock, lanes } = this.parts;
    const found: Place[] = [];
    let until: string | null = null;
    const readPage = (): Promise<ArchivedPage | null> =>
      readUntilAnswered(() => api.archivedThreads(parent.id, until, lanes.signal), clock, lanes.signal);
    for (;;) {
      const page = await readPage();
      const threads = page?.threads ?? [];
      const recent = threads.filter((thread) => archivedAt(thread) >= since.getTime());
      found.push(
        ...recent.map((thread) => placeOf(thread, parent.guildId)).filter((place) => isReadable(place)),
      );
      const last = threads.at(-1)?.thread_metadata?.archive_timestamp;
      if (page?.has_more !== true || recent.length < threads.length || last === undefined) return found;
      until = last;
    }
  }

  private async readNew(place: Place, start: Start | null, signal: AbortSignal): Promise<void> {
    if (start === null || place.lastMessageId === null) return;
    if (isAfter(place.lastMessageId, start.position))
      await this.read(place.id, place.guildId, start.after, signal);
  }

  private async read(
    channelId: string,
    guildId: string | null,
    start: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { api, clock, book, take, telemetry } = this.parts;
    for (let after = start; ; ) {
      const from = after;
      const page = await this.turn(() =>
        readUntilAnswered(() => api.messagesAfter(channelId, from, signal), clock, signal),
      );
      const messages = (page ?? []).toSorted((a, b) => (isAfter(a.id, b.id) ? 1 : -1));
      for (const message of messages) {
        book.received(guildId ?? DIRECT_MESSAGES, message.id);
        if ((await take(message, guildId, signal)) === 'run') telemetry.backfilled('discord');
      }
      if (messages.length < PAGE) return;
      after = messages.at(-1)?.id ?? after;
    }
  }
}

/** `position` says whether there is anything to read, `after` where reading starts. */
type Start = { position: string; after: string };

function startOf(positions: Positions, channelId: string, guildKey: string): Start | null {
  const own = positions.get(channelId);
  if (own !== undefined) return { position: own, after: before(own, CURSOR_MARGIN_MS) };
  const mark = positions.get(guildKey);
  if (mark === undefined) return null;
  const position = before(mark, MARK_MARGIN_MS);
  return { position, after: position };
}

function isReadable(place: Place): boolean {
  return (place.kind === 'text' || place.kind === 'thread') && place.lastMessageId !== null;
}

function archivedAt(thread: { thread_metadata?: { archive_timestamp: string } }): number {
  return Date.parse(thread.thread_metadata?.archive_timestamp ?? '');
}
