import type { Context } from './context.ts';
import { flagsOfApplication } from './intents.ts';
import type { Json } from './json.ts';
import { permissionMask, usualPermissions } from './permissions.ts';
import { presentAttachments } from './signed-files.ts';
import type { Channel, Guild, Message, User } from './world.ts';
import { channelTypes } from './world.ts';

const iso = (at: number) => new Date(at).toISOString().replace('Z', '000+00:00');

export function presentUser(user: User): Json {
  return {
    id: user.id,
    username: user.username,
    discriminator: '0',
    global_name: user.bot ? null : user.username,
    avatar: null,
    bot: user.bot,
    public_flags: 0,
  };
}

export function presentMember(ctx: Context, guild: Guild, user: User, withUser = true): Json {
  return {
    ...(withUser && { user: presentUser(user) }),
    nick: null,
    avatar: null,
    roles: user.id === ctx.botUserId ? [botRoleId(guild)] : (user.roles ?? []),
    joined_at: iso(guild.createdAt),
    premium_since: null,
    deaf: false,
    mute: false,
    pending: false,
    flags: 0,
    communication_disabled_until: null,
  };
}

/** The bot's managed role of a guild; Discord gives it an id of its own, here the guild's plus one. */
function botRoleId(guild: Guild): string {
  return (BigInt(guild.id) + 1n).toString();
}

function presentRole(id: string, name: string, permissions: bigint, position: number): Json {
  return {
    id,
    name,
    permissions: permissions.toString(),
    position,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    managed: position > 0,
    mentionable: false,
    flags: 0,
  };
}

function presentThread(ctx: Context, channel: Channel): Json {
  const state = channel.thread;
  if (!state) return {};
  return {
    owner_id: state.ownerId,
    thread_metadata: {
      archived: state.archived,
      locked: state.locked,
      auto_archive_duration: state.autoArchiveMinutes,
      archive_timestamp: iso(state.archivedAt),
      create_timestamp: iso(state.createdAt),
    },
    message_count: state.messageCount,
    member_count: state.memberIds.size,
    total_message_sent: state.totalSent,
    applied_tags: state.appliedTags,
    rate_limit_per_user: 0,
    flags: 0,
    ...(state.memberIds.has(ctx.botUserId) && { member: presentThreadMember(ctx, channel, ctx.botUserId) }),
  };
}

export function presentThreadMember(ctx: Context, channel: Channel, userId: string): Json {
  return {
    id: channel.id,
    user_id: userId,
    join_timestamp: iso(channel.thread?.createdAt ?? ctx.clock.now()),
    flags: 1,
  };
}

export function presentChannel(ctx: Context, channel: Channel): Json {
  if (channel.recipientId !== undefined) {
    return {
      id: channel.id,
      type: channel.type,
      last_message_id: channel.lastMessageId,
      flags: 0,
      recipients: [presentUser(ctx.world.user(channel.recipientId))],
    };
  }
  const common = {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    parent_id: channel.parentId,
    last_message_id: channel.lastMessageId,
    last_pin_timestamp: null,
  };
  if (channel.thread) return { ...common, ...presentThread(ctx, channel) };
  return {
    ...common,
    topic: channel.topic,
    position: channel.position,
    nsfw: false,
    rate_limit_per_user: 0,
    flags: channel.requiresTag ? 1 << 4 : 0,
    permission_overwrites:
      channel.denied === 0n
        ? []
        : [{ id: ctx.botUserId, type: 1, allow: '0', deny: channel.denied.toString() }],
    ...(channel.type === channelTypes.forum && {
      available_tags: channel.tags.map((tag) => ({
        ...tag,
        moderated: false,
        emoji_id: null,
        emoji_name: null,
      })),
      default_reaction_emoji: null,
      default_sort_order: null,
      default_forum_layout: 0,
      default_auto_archive_duration: 4320,
    }),
  };
}

/** The message as the bot may see it: without the intent, others' text is empty (see {@link redactMessage}). */
export function presentMessage(ctx: Context, message: Message, depth = 0): Json {
  const channel = ctx.world.channels.get(message.channelId);
  const thread = message.startedThreadId ? ctx.world.channels.get(message.startedThreadId) : undefined;
  const referenced = message.referenceId ? ctx.world.messages.get(message.referenceId) : undefined;
  return {
    id: message.id,
    channel_id: message.channelId,
    type: message.type,
    author: presentUser(ctx.world.user(message.authorId)),
    content: message.content,
    timestamp: iso(message.createdAt),
    edited_timestamp: message.editedAt === undefined ? null : iso(message.editedAt),
    tts: message.tts,
    mention_everyone: message.mentionsEveryone,
    mentions: message.mentionIds.flatMap((id) => {
      const user = ctx.world.users.get(id);
      return user ? [presentUser(user)] : [];
    }),
    mention_roles: message.mentionRoleIds,
    attachments: presentAttachments(ctx, message.attachments),
    embeds: message.embeds,
    components: message.components,
    pinned: false,
    flags: message.flags,
    ...(message.nonce !== undefined && { nonce: message.nonce }),
    ...(message.reactions.size > 0 && { reactions: presentReactions(ctx, message) }),
    ...(channel?.thread && { position: channel.thread.totalSent }),
    ...(thread && { thread: presentChannel(ctx, thread) }),
    ...(message.interactionId !== undefined && {
      application_id: ctx.applicationId,
      webhook_id: ctx.applicationId,
    }),
    ...(message.referenceId !== undefined && {
      message_reference: {
        type: 0,
        message_id: message.referenceId,
        channel_id: message.referenceChannelId,
        ...(channel?.guildId !== undefined && { guild_id: channel.guildId }),
      },
      ...(depth === 0 && {
        referenced_message:
          referenced && referenced.deletedAt === undefined ? presentMessage(ctx, referenced, 1) : null,
      }),
    }),
  };
}

function presentReactions(ctx: Context, message: Message): Json[] {
  return [...message.reactions].map(([emoji, userIds]) => ({
    emoji: { id: null, name: emoji },
    count: userIds.size,
    count_details: { burst: 0, normal: userIds.size },
    burst_colors: [],
    me: userIds.has(ctx.botUserId),
    me_burst: false,
  }));
}

/** The wire message without what the MESSAGE_CONTENT intent protects, unless the bot may see it anyway. */
export function redactMessage(ctx: Context, message: Message, wire: Json): Json {
  const channel = ctx.world.channels.get(message.channelId);
  const open =
    message.authorId === ctx.botUserId ||
    channel?.recipientId !== undefined ||
    message.mentionIds.includes(ctx.botUserId);
  const referenced = message.referenceId ? ctx.world.messages.get(message.referenceId) : undefined;
  const inner = wire['referenced_message'];
  const nested =
    referenced && typeof inner === 'object' && inner !== null
      ? { referenced_message: redactMessage(ctx, referenced, { ...inner }) }
      : {};
  if (open) return { ...wire, ...nested };
  return { ...wire, ...nested, content: '', attachments: [], embeds: [], components: [] };
}

export function presentGuild(ctx: Context, guild: Guild): Json {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    owner_id: guild.ownerId,
    afk_channel_id: null,
    afk_timeout: 300,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    nsfw_level: 0,
    premium_tier: 0,
    premium_subscription_count: 0,
    premium_progress_bar_enabled: false,
    preferred_locale: 'en-US',
    vanity_url_code: null,
    application_id: null,
    max_members: 500_000,
    max_presences: null,
    max_video_channel_users: 25,
    max_stage_video_channel_users: 50,
    features: [],
    emojis: [],
    stickers: [],
    roles: [
      presentRole(guild.id, '@everyone', permissionMask(usualPermissions), 0),
      presentRole(botRoleId(guild), 'bot', ctx.rolePermissions(), 1),
    ],
  };
}

/** GUILD_CREATE: the guild with its channels and active threads; members only as far as the session may see them. */
export function presentGuildCreate(ctx: Context, guild: Guild, allMembers: boolean): Json {
  const { world } = ctx;
  const members = allMembers ? [...world.users.values()] : [world.user(ctx.botUserId)];
  const channels = [...world.channels.values()].filter((c) => c.guildId === guild.id && !c.thread);
  const strip = (channel: Json) =>
    Object.fromEntries(Object.entries(channel).filter(([key]) => key !== 'guild_id'));
  return {
    ...presentGuild(ctx, guild),
    joined_at: iso(guild.createdAt),
    large: false,
    unavailable: false,
    member_count: world.users.size,
    voice_states: [],
    members: members.map((user) => presentMember(ctx, guild, user)),
    channels: channels.map((channel) => strip(presentChannel(ctx, channel))),
    threads: world.activeThreads(guild.id).map((thread) => presentChannel(ctx, thread)),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

export function presentApplication(ctx: Context): Json {
  const bot = ctx.world.user(ctx.botUserId);
  return {
    id: ctx.applicationId,
    name: bot.username,
    icon: null,
    description: '',
    summary: '',
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    team: null,
    owner: null,
    flags: flagsOfApplication(ctx.enabledIntents()),
    bot: presentUser(bot),
    tags: [],
    approximate_guild_count: ctx.world.guilds.size,
  };
}
