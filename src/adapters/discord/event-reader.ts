import type {
  APIInteraction,
  GatewayDispatchPayload,
  GatewayMessageUpdateDispatchData,
  GatewayThreadCreateDispatchData,
} from 'discord.js';
import { GatewayDispatchEvents } from 'discord.js';
import type { ThreadStore } from '../../core/ports.ts';
import type { Backfill } from './backfill.ts';
import { placeOf } from './directory.ts';
import type { IntakeParts, TakeMessage } from './message-intake.ts';
import { DIRECT_MESSAGES, originOf, originOfThread } from './origin.ts';
import type { WireMessage } from './parse-message.ts';
import { isFromPerson, textOf } from './parse-message.ts';
import { findPlace, readUntilAnswered } from './places.ts';
import type { PostedParts } from './posted-parts.ts';
import { closeThreads, readThreadChange } from './thread-events.ts';

/** A new post's starter message comes with its thread; after this it is fetched. */
const STARTER_MS = 3_000;

export type EventReaderParts = IntakeParts & {
  take: TakeMessage;
  backfill: Backfill;
  posted: PostedParts;
  threads: Pick<ThreadStore, 'recentByPlatform'>;
  takesDirectMessages: boolean;
  takePress?: ((interaction: APIInteraction) => void) | undefined;
  takeCommand?: ((interaction: APIInteraction) => void) | undefined;
};

/** Turns the gateway's events into facts for ingest, each in the lane of its channel. */
export function createEventReader(parts: EventReaderParts): (event: GatewayDispatchPayload) => void {
  const { api, directory, lanes, book, ingest, clock, botId, take, backfill, posted, telemetry } = parts;
  const starters = new Map<string, AbortController>();

  function onMessage(message: WireMessage & { guild_id?: string | undefined }): void {
    if (message.author.id === botId && message.nonce !== undefined)
      posted.remember(String(message.nonce), message.id);
    starters.get(message.id)?.abort();
    const guildId = message.guild_id ?? null;
    if (lanes.full) return backfill.drop(guildId, message.channel_id, message.id);
    book.received(guildId ?? DIRECT_MESSAGES, message.id);
    const arrivedAt = clock.now().getTime();
    telemetry.eventReceived('discord');
    void lanes.push(message.channel_id, async (signal) => {
      await take(message, guildId, signal);
      telemetry.eventEnded('discord', 'acknowledged', (clock.now().getTime() - arrivedAt) / 1_000);
    });
  }

  function onThread(thread: GatewayThreadCreateDispatchData): void {
    const place = placeOf(thread);
    directory.put(place);
    const isPost = place.parentId !== null && directory.get(place.parentId)?.kind === 'forum';
    if (thread.newly_created === true && isPost) void expectStarter(place.id, place.guildId);
  }

  async function expectStarter(threadId: string, guildId: string | null): Promise<void> {
    const arrived = new AbortController();
    starters.set(threadId, arrived);
    await clock.sleep(STARTER_MS, AbortSignal.any([arrived.signal, lanes.signal]));
    starters.delete(threadId);
    if (arrived.signal.aborted || lanes.signal.aborted) return;
    await lanes.push(threadId, async (signal) => {
      const starter = await readUntilAnswered(() => api.message(threadId, threadId, signal), clock, signal);
      if (starter !== null) await take(starter, guildId, signal);
    });
  }

  /** Discord also tells of unfolded links and pins this way; those carry no (new) time of an edit. */
  function onEdit(update: GatewayMessageUpdateDispatchData): void {
    const editedAt = update.edited_timestamp;
    if (typeof editedAt !== 'string' || update.content === undefined || lanes.full) return;
    const guildId = update.guild_id ?? null;
    void lanes.push(update.channel_id, async (signal) => {
      const message: WireMessage | null =
        update.author === undefined || update.type === undefined
          ? await readUntilAnswered(() => api.message(update.channel_id, update.id, signal), clock, signal)
          : update;
      if (message === null || !isFromPerson(message)) return;
      const place = await findPlace(parts, message.channel_id, guildId, signal);
      const origin = place === null ? null : originOf(place, message.id);
      if (place === null || origin === null) return;
      const text = textOf(message, place, directory, botId);
      const edit = { origin, sourceId: message.id, text, editedAt: new Date(editedAt) };
      await lanes.persist(() => ingest.edit(edit), signal);
    });
  }

  function onDeletion(channelId: string, guild: string | undefined, ids: string[]): void {
    if (lanes.full) return;
    const guildId = guild ?? null;
    const deletedAt = clock.now();
    void lanes.push(channelId, async (signal) => {
      const place = await findPlace(parts, channelId, guildId, signal);
      for (const sourceId of place === null ? [] : ids) {
        const origin = place === null ? null : originOf(place, sourceId);
        if (origin !== null)
          await lanes.persist(() => ingest.deletion({ origin, sourceId, deletedAt }), signal);
      }
    });
  }

  function onReady(guilds: readonly { id: string }[]): void {
    for (const { id } of guilds) if (!backfill.running.has(id)) book.freeze(id, 'session');
    if (parts.takesDirectMessages) void backfill.directMessages();
  }

  return (event) => {
    switch (event.t) {
      case GatewayDispatchEvents.Ready:
        return onReady(event.d.guilds);
      case GatewayDispatchEvents.GuildCreate:
        if (event.d.unavailable === true) return;
        void backfill.guild(event.d.id, directory.putGuild(event.d, botId));
        return;
      case GatewayDispatchEvents.GuildDelete:
        if (event.d.unavailable !== true) directory.forgetGuild(event.d.id);
        return;
      case GatewayDispatchEvents.GuildRoleCreate:
      case GatewayDispatchEvents.GuildRoleUpdate:
        return directory.putRole(event.d.guild_id, event.d.role, botId);
      case GatewayDispatchEvents.ChannelCreate:
      case GatewayDispatchEvents.ChannelUpdate:
        return directory.put(placeOf(event.d));
      case GatewayDispatchEvents.ChannelDelete:
        return void closeThreads(parts, placeOf(event.d));
      case GatewayDispatchEvents.ThreadListSync:
        for (const thread of event.d.threads) directory.put(placeOf(thread, event.d.guild_id));
        return;
      case GatewayDispatchEvents.ThreadCreate:
        return onThread(event.d);
      case GatewayDispatchEvents.ThreadUpdate:
        return readThreadChange(parts, placeOf(event.d));
      case GatewayDispatchEvents.ThreadDelete: {
        directory.remove(event.d.id);
        const origin = originOfThread(event.d.guild_id, event.d.parent_id, event.d.id);
        const closure = { origin, reason: 'thread_deleted', closedAt: clock.now() };
        void lanes.push(event.d.id, async (signal) => {
          await lanes.persist(() => ingest.closure(closure), signal);
        });
        return;
      }
      case GatewayDispatchEvents.InteractionCreate:
        parts.takePress?.(event.d);
        parts.takeCommand?.(event.d);
        return;
      case GatewayDispatchEvents.MessageCreate:
        return onMessage(event.d);
      case GatewayDispatchEvents.MessageUpdate:
        return onEdit(event.d);
      case GatewayDispatchEvents.MessageDelete:
        return onDeletion(event.d.channel_id, event.d.guild_id, [event.d.id]);
      case GatewayDispatchEvents.MessageDeleteBulk:
        return onDeletion(event.d.channel_id, event.d.guild_id, event.d.ids);
      default:
    }
  };
}
