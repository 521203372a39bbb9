import type { APIChannel, APIRole, GatewayGuildCreateDispatchData } from 'discord.js';
import { ChannelType } from 'discord.js';

/** What the adapter needs to know of a channel; Discord tells it once, messages name only its id. */
export type Place = {
  id: string;
  kind: 'text' | 'forum' | 'thread' | 'dm' | 'other';
  /** Null for direct messages. */
  guildId: string | null;
  parentId: string | null;
  name: string | null;
  archived: boolean;
  locked: boolean;
  appliedTagIds: readonly string[];
  /** A forum's tags. */
  tagNames: ReadonlyMap<string, string>;
  lastMessageId: string | null;
};

function kindOf(type: ChannelType): Place['kind'] {
  switch (type) {
    case ChannelType.GuildText:
    case ChannelType.GuildAnnouncement:
      return 'text';
    case ChannelType.GuildForum:
    case ChannelType.GuildMedia:
      return 'forum';
    case ChannelType.PublicThread:
    case ChannelType.PrivateThread:
    case ChannelType.AnnouncementThread:
      return 'thread';
    case ChannelType.DM:
      return 'dm';
    default:
      return 'other';
  }
}

/** Reads a channel as REST and gateway send it; `guildId` where the payload leaves it out, as GUILD_CREATE does. */
export function placeOf(channel: APIChannel, guildId: string | null = null): Place {
  const metadata = 'thread_metadata' in channel ? channel.thread_metadata : undefined;
  const tags = 'available_tags' in channel ? channel.available_tags : [];
  return {
    id: channel.id,
    kind: kindOf(channel.type),
    guildId: ('guild_id' in channel ? channel.guild_id : undefined) ?? guildId,
    parentId: ('parent_id' in channel ? channel.parent_id : undefined) ?? null,
    name: channel.name ?? null,
    archived: metadata?.archived ?? false,
    locked: metadata?.locked ?? false,
    appliedTagIds: ('applied_tags' in channel ? channel.applied_tags : undefined) ?? [],
    tagNames: new Map(tags.map((tag) => [tag.id, tag.name])),
    lastMessageId: ('last_message_id' in channel ? channel.last_message_id : undefined) ?? null,
  };
}

type Roles = { names: Map<string, string>; ofBot: string | null };

/** Channels, active threads and roles by id. Holds no messages, no members. */
export class Directory {
  private readonly places = new Map<string, Place>();
  private readonly roles = new Map<string, Roles>();
  private readonly waiters = new Map<string, Set<() => void>>();

  putGuild(guild: GatewayGuildCreateDispatchData, botId: string): Place[] {
    this.forgetGuild(guild.id);
    for (const role of guild.roles) this.putRole(guild.id, role, botId);
    const places = [...guild.channels, ...guild.threads].map((channel) => placeOf(channel, guild.id));
    for (const place of places) this.put(place);
    return places;
  }

  forgetGuild(guildId: string): void {
    for (const place of this.places.values()) if (place.guildId === guildId) this.places.delete(place.id);
    this.roles.delete(guildId);
  }

  putRole(guildId: string, role: APIRole, botId: string): void {
    const roles = this.roles.get(guildId) ?? { names: new Map<string, string>(), ofBot: null };
    roles.names.set(role.id, role.name);
    if (role.tags?.bot_id === botId) roles.ofBot = role.id;
    this.roles.set(guildId, roles);
  }

  put(place: Place): void {
    this.places.set(place.id, place);
    for (const wake of this.waiters.get(place.id) ?? []) wake();
  }

  get(id: string): Place | undefined {
    return this.places.get(id);
  }

  remove(id: string): Place | undefined {
    const place = this.places.get(id);
    this.places.delete(id);
    return place;
  }

  threadsOf(parentId: string): Place[] {
    return [...this.places.values()].filter(
      (place) => place.kind === 'thread' && place.parentId === parentId,
    );
  }

  ofGuild(guildId: string): Place[] {
    return [...this.places.values()].filter((place) => place.guildId === guildId);
  }

  roleName(guildId: string | null, roleId: string): string | null {
    return (guildId === null ? undefined : this.roles.get(guildId)?.names.get(roleId)) ?? null;
  }

  botRole(guildId: string | null): string | null {
    return (guildId === null ? undefined : this.roles.get(guildId)?.ofBot) ?? null;
  }

  /** Calls `wake` when the place becomes known; the returned function gives up waiting. */
  onArrival(id: string, wake: () => void): () => void {
    const waiters = this.waiters.get(id) ?? new Set();
    waiters.add(wake);
    this.waiters.set(id, waiters);
    return () => {
      waiters.delete(wake);
      if (waiters.size === 0) this.waiters.delete(id);
    };
  }
}
