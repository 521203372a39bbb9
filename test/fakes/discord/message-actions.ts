import type { Context } from './context.ts';
import type { Json } from './json.ts';
import type { Pings } from './mentions.ts';
import { presentMember, presentMessage } from './present.ts';
import { joinThread, unarchive } from './thread-actions.ts';
import type { Channel, Message } from './world.ts';

/** Types of message that the fake makes. */
export const messageTypes = { plain: 0, renamed: 4, threadCreated: 18, reply: 19, command: 20, starter: 21 };
/** Bits of `flags`. */
export const messageFlags = {
  suppressEmbeds: 1 << 2,
  hasThread: 1 << 5,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  suppressNotifications: 1 << 12,
  voice: 1 << 13,
  componentsV2: 1 << 15,
};

export type Draft = {
  channel: Channel;
  authorId: string;
  content: string;
  pings: Pings;
  id?: string | undefined;
  type?: number;
  nonce?: string | number | undefined;
  flags?: number;
  tts?: boolean;
  attachments?: Json[];
  embeds?: Json[];
  components?: Json[];
  referenceId?: string | undefined;
  referenceChannelId?: string | undefined;
  interactionId?: string | undefined;
};

/** Emits the message's state as the given event. */
export function emitMessage(ctx: Context, type: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE', message: Message): void {
  const channel = ctx.world.channels.get(message.channelId);
  const guild = channel?.guildId === undefined ? undefined : ctx.world.guild(channel.guildId);
  ctx.emit({
    type,
    guildId: guild?.id,
    channelId: message.channelId,
    message,
    data: {
      ...presentMessage(ctx, message),
      channel_type: channel?.type,
      ...(guild && {
        guild_id: guild.id,
        member: presentMember(ctx, guild, ctx.world.user(message.authorId), false),
      }),
    },
  });
}

/** A message without a place yet, with the draft's contents. */
function messageFrom(ctx: Context, draft: Draft): Message {
  const at = ctx.clock.now();
  return {
    id: draft.id ?? ctx.nextId(),
    channelId: draft.channel.id,
    authorId: draft.authorId,
    type: draft.type ?? (draft.referenceId === undefined ? messageTypes.plain : messageTypes.reply),
    content: draft.content,
    createdAt: at,
    editedAt: undefined,
    nonce: draft.nonce,
    flags: draft.flags ?? 0,
    tts: draft.tts ?? false,
    attachments: draft.attachments ?? [],
    embeds: draft.embeds ?? [],
    components: draft.components ?? [],
    mentionIds: draft.pings.userIds.filter((id) => ctx.world.users.has(id)),
    mentionRoleIds: draft.pings.roleIds,
    mentionsEveryone: draft.pings.everyone,
    referenceId: draft.referenceId,
    referenceChannelId:
      draft.referenceId === undefined ? undefined : (draft.referenceChannelId ?? draft.channel.id),
    startedThreadId: undefined,
    interactionId: draft.interactionId,
    reactions: new Map(),
    revisions: [{ at, content: draft.content }],
    deletedAt: undefined,
  };
}

/** Puts the message into its channel without an event; the starter of a forum post is emitted by its thread. */
export function place(ctx: Context, draft: Draft): Message {
  const { channel } = draft;
  const message = messageFrom(ctx, draft);
  ctx.world.add(message);
  channel.lastMessageId = message.id;
  if (channel.thread && message.id !== channel.id) {
    channel.thread.messageCount += 1;
    channel.thread.totalSent += 1;
  }
  ctx.changed({
    kind: 'created',
    channelId: channel.id,
    messageId: message.id,
    authorId: message.authorId,
    content: message.content,
  });
  return message;
}

/** Posts a message: a sleeping thread wakes, its author joins it, and everybody is told, in this order. */
export function post(ctx: Context, draft: Draft): Message {
  unarchive(ctx, draft.channel);
  joinThread(ctx, draft.channel, draft.authorId);
  const message = place(ctx, draft);
  if ((message.flags & messageFlags.ephemeral) === 0) emitMessage(ctx, 'MESSAGE_CREATE', message);
  return message;
}

export type Edit = {
  content?: string | undefined;
  pings?: Pings | undefined;
  flags?: number | undefined;
  attachments?: Json[] | undefined;
  embeds?: Json[] | undefined;
  components?: Json[] | undefined;
};

/** Changes the given parts of a message, keeps the revision, tells everybody. */
export function edit(ctx: Context, message: Message, change: Edit): void {
  const at = ctx.clock.now();
  message.editedAt = at;
  if (change.content !== undefined) message.content = change.content;
  if (change.pings) {
    message.mentionIds = change.pings.userIds.filter((id) => ctx.world.users.has(id));
    message.mentionRoleIds = change.pings.roleIds;
    message.mentionsEveryone = change.pings.everyone;
  }
  message.flags = change.flags ?? message.flags;
  message.attachments = change.attachments ?? message.attachments;
  message.embeds = change.embeds ?? message.embeds;
  message.components = change.components ?? message.components;
  message.revisions.push({ at, content: message.content });
  if ((message.flags & messageFlags.ephemeral) === 0) emitMessage(ctx, 'MESSAGE_UPDATE', message);
  ctx.changed({
    kind: 'edited',
    channelId: message.channelId,
    messageId: message.id,
    authorId: message.authorId,
    content: message.content,
  });
}

function markDeleted(ctx: Context, message: Message): void {
  message.deletedAt = ctx.clock.now();
  const channel = ctx.world.channels.get(message.channelId);
  if (channel?.thread && message.id !== channel.id) channel.thread.messageCount -= 1;
  ctx.changed({
    kind: 'deleted',
    channelId: message.channelId,
    messageId: message.id,
    authorId: message.authorId,
    content: '',
  });
}

const guildOf = (channel: Channel): Json =>
  channel.guildId === undefined ? {} : { guild_id: channel.guildId };

/** Deletes one message; a thread that was started from it stays. */
export function remove(ctx: Context, message: Message): void {
  const channel = ctx.world.channel(message.channelId);
  markDeleted(ctx, message);
  ctx.emit({
    type: 'MESSAGE_DELETE',
    guildId: channel.guildId,
    channelId: channel.id,
    data: { id: message.id, channel_id: channel.id, ...guildOf(channel) },
  });
}

/** Deletes several messages of a channel with one event. */
export function removeMany(ctx: Context, channel: Channel, messages: Message[]): void {
  for (const message of messages) markDeleted(ctx, message);
  ctx.emit({
    type: 'MESSAGE_DELETE_BULK',
    guildId: channel.guildId,
    channelId: channel.id,
    data: { ids: messages.map((message) => message.id), channel_id: channel.id, ...guildOf(channel) },
  });
}

/** Adds a reaction; a repeated one changes nothing. */
export function react(ctx: Context, message: Message, userId: string, emoji: string): void {
  const users = message.reactions.get(emoji) ?? new Set<string>();
  if (users.has(userId)) return;
  users.add(userId);
  message.reactions.set(emoji, users);
  const channel = ctx.world.channel(message.channelId);
  ctx.emit({
    type: 'MESSAGE_REACTION_ADD',
    guildId: channel.guildId,
    channelId: channel.id,
    data: {
      user_id: userId,
      channel_id: channel.id,
      message_id: message.id,
      message_author_id: message.authorId,
      emoji: { id: null, name: emoji },
      burst: false,
      type: 0,
      ...guildOf(channel),
    },
  });
}

/** Shows "is typing" for ten seconds. */
export function type(ctx: Context, channel: Channel, userId: string): void {
  ctx.emit({
    type: 'TYPING_START',
    guildId: channel.guildId,
    channelId: channel.id,
    data: {
      channel_id: channel.id,
      user_id: userId,
      timestamp: Math.floor(ctx.clock.now() / 1_000),
      ...guildOf(channel),
    },
  });
  ctx.changed({
    kind: 'typing',
    channelId: channel.id,
    messageId: undefined,
    authorId: userId,
    content: '',
  });
}
