import type { Context } from '../context.ts';
import type { Permission } from '../permissions.ts';
import { permissionMask } from '../permissions.ts';
import { presentChannel, presentGuildCreate, presentMember } from '../present.ts';
import { announceThreadUpdate, deleteChannel, setArchived } from '../thread-actions.ts';
import type { Channel } from '../world.ts';
import { channelTypes } from '../world.ts';

export type ForumOptions = { name?: string; tags?: string[]; requiresTag?: boolean; guild?: string };
/** A forum with the ids of its tags by their names. */
export type Forum = { id: string; tags: Record<string, string> };

/** What people with rights do to guilds, channels and threads. */
export function createPlaces(ctx: Context, defaultGuild: () => string) {
  const { world } = ctx;

  function addChannel(type: number, guildId: string, name: string, more: Partial<Channel> = {}): Channel {
    const channel: Channel = {
      id: ctx.nextId(),
      type,
      name,
      topic: null,
      position: world.channels.size,
      guildId,
      parentId: null,
      tags: [],
      requiresTag: false,
      denied: 0n,
      recipientId: undefined,
      lastMessageId: null,
      thread: undefined,
      ...more,
    };
    world.channels.set(channel.id, channel);
    const data = presentChannel(ctx, channel);
    ctx.emit({ type: 'CHANNEL_CREATE', guildId, channelId: channel.id, data });
    return channel;
  }

  function thread(id: string): Channel {
    const channel = world.channel(id);
    if (!channel.thread) throw new Error(`${id} is no thread`);
    return channel;
  }

  function changeThread(
    id: string,
    change: (state: NonNullable<Channel['thread']>, channel: Channel) => void,
  ) {
    const channel = thread(id);
    if (channel.thread) change(channel.thread, channel);
    announceThreadUpdate(ctx, channel);
  }

  function setDenied(channelId: string, denied: bigint): void {
    const channel = world.channel(channelId);
    const hadView = (channel.denied & permissionMask(['VIEW_CHANNEL'])) === 0n;
    channel.denied = denied;
    const { guildId } = channel;
    if (guildId === undefined) return;
    const data = presentChannel(ctx, channel);
    ctx.emit({ type: 'CHANNEL_UPDATE', guildId, channelId, data });
    if (hadView || (denied & permissionMask(['VIEW_CHANNEL'])) !== 0n) return;
    const threads = world.activeThreads(guildId).filter((active) => active.parentId === channelId);
    const list = {
      guild_id: guildId,
      channel_ids: [channelId],
      threads: threads.map((t) => presentChannel(ctx, t)),
    };
    ctx.emit({ type: 'THREAD_LIST_SYNC', guildId, channelId, data: { ...list, members: [] } });
  }

  return {
    addGuild(options: { name?: string; ownerId?: string } = {}): string {
      const id = ctx.nextId();
      const ownerId = options.ownerId ?? ctx.nextId();
      const guild = {
        id,
        name: options.name ?? 'guild',
        ownerId,
        createdAt: ctx.clock.now(),
        botPresent: true,
      };
      world.guilds.set(id, guild);
      ctx.emit({ type: 'GUILD_CREATE', guildId: id, data: presentGuildCreate(ctx, guild, false) });
      return id;
    },
    removeBot(guildId: string = defaultGuild()): void {
      world.guild(guildId).botPresent = false;
      ctx.emit({ type: 'GUILD_DELETE', guildId, data: { id: guildId } });
    },
    inviteBot(guildId: string = defaultGuild()): void {
      const guild = world.guild(guildId);
      guild.botPresent = true;
      ctx.emit({ type: 'GUILD_CREATE', guildId, data: presentGuildCreate(ctx, guild, false) });
    },
    addForum(options: ForumOptions = {}): Forum {
      const tags = (options.tags ?? []).map((name) => ({ id: ctx.nextId(), name }));
      if (tags.length > 20) throw new Error('a forum has at most 20 tags');
      const channel = addChannel(
        channelTypes.forum,
        options.guild ?? defaultGuild(),
        options.name ?? 'forum',
        { tags, requiresTag: options.requiresTag ?? false },
      );
      return { id: channel.id, tags: Object.fromEntries(tags.map((tag) => [tag.name, tag.id])) };
    },
    addTextChannel(options: { name?: string; guild?: string } = {}): string {
      return addChannel(channelTypes.text, options.guild ?? defaultGuild(), options.name ?? 'general').id;
    },
    addUser(
      options: { name?: string; bot?: boolean; acceptsDms?: boolean; roles?: readonly string[] } = {},
    ): string {
      const user = {
        id: ctx.nextId(),
        username: options.name ?? `user${world.users.size}`,
        bot: options.bot ?? false,
        acceptsDms: options.acceptsDms ?? true,
        roles: options.roles ?? [],
      };
      world.users.set(user.id, user);
      for (const guild of world.guilds.values()) {
        const data = { ...presentMember(ctx, guild, user), guild_id: guild.id };
        ctx.emit({ type: 'GUILD_MEMBER_ADD', guildId: guild.id, data });
      }
      return user.id;
    },
    archive: (threadId: string) => changeThread(threadId, (_, channel) => setArchived(ctx, channel, true)),
    unarchive: (threadId: string) => changeThread(threadId, (_, channel) => setArchived(ctx, channel, false)),
    lock(threadId: string, options: { archive?: boolean } = {}): void {
      changeThread(threadId, (state, channel) => {
        state.locked = true;
        if (options.archive ?? false) setArchived(ctx, channel, true);
      });
    },
    unlock: (threadId: string) =>
      changeThread(threadId, (state) => {
        state.locked = false;
      }),
    rename(channelId: string, name: string): void {
      const channel = world.channel(channelId);
      channel.name = name;
      if (channel.thread) return announceThreadUpdate(ctx, channel);
      const data = presentChannel(ctx, channel);
      ctx.emit({ type: 'CHANNEL_UPDATE', guildId: channel.guildId, channelId, data });
    },
    setTags: (threadId: string, tagIds: string[]) =>
      changeThread(threadId, (state) => {
        state.appliedTags = tagIds;
      }),
    deleteThread: (threadId: string) => deleteChannel(ctx, thread(threadId)),
    deleteChannel: (channelId: string) => deleteChannel(ctx, world.channel(channelId)),
    denyPermissions(channelId: string, permissions: Permission[] = ['VIEW_CHANNEL']): void {
      const holder = world.permissionHolder(world.channel(channelId));
      setDenied(holder.id, holder.denied | permissionMask(permissions));
    },
    allowPermissions(channelId: string): void {
      setDenied(world.permissionHolder(world.channel(channelId)).id, 0n);
    },
  };
}
