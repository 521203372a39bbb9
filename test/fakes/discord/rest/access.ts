import { refusals } from '../api-error.ts';
import type { Context } from '../context.ts';
import type { Permission } from '../permissions.ts';
import { isAllowed } from '../permissions.ts';
import type { Channel, Guild, Message } from '../world.ts';
import { channelTypes } from '../world.ts';

/** Whether the bot has the permission in the channel; in a DM it has what it needs. */
export function may(ctx: Context, channel: Channel, permission: Permission): boolean {
  if (channel.recipientId !== undefined) return true;
  return isAllowed(ctx.rolePermissions(), ctx.world.permissionHolder(channel), permission);
}

/** Whether the bot sees the channel at all. */
export function sees(ctx: Context, channel: Channel): boolean {
  if (channel.guildId !== undefined && !ctx.world.guild(channel.guildId).botPresent) return false;
  if (channel.type === channelTypes.privateThread && !channel.thread?.memberIds.has(ctx.botUserId)) {
    return may(ctx, channel, 'VIEW_CHANNEL') && may(ctx, channel, 'MANAGE_THREADS');
  }
  return may(ctx, channel, 'VIEW_CHANNEL');
}

/** The channel, if it exists (else 10003) and the bot sees it (else 50001). */
export function visibleChannel(ctx: Context, id: string): Channel {
  const channel = ctx.world.channels.get(id);
  if (!channel) throw refusals.unknownChannel();
  if (!sees(ctx, channel)) throw refusals.missingAccess();
  return channel;
}

/** The guild, if the bot is in it (else 10004). */
export function visibleGuild(ctx: Context, id: string): Guild {
  const guild = ctx.world.guilds.get(id);
  if (!guild?.botPresent) throw refusals.unknownGuild();
  return guild;
}

/** The message of a channel the bot sees, else 10008. */
export function visibleMessage(ctx: Context, channel: Channel, id: string): Message {
  const message = ctx.world.messageIn(channel.id, id);
  if (!message) throw refusals.unknownMessage();
  return message;
}

/** @throws 50013 without the permission. */
export function requirePermission(ctx: Context, channel: Channel, permission: Permission): void {
  if (!may(ctx, channel, permission)) throw refusals.missingPermissions();
}

/** A thread that is locked takes messages only from who manages threads, and while archived from nobody. */
export function requireUnlocked(ctx: Context, channel: Channel): void {
  if (!channel.thread?.locked) return;
  if (channel.thread.archived || !may(ctx, channel, 'MANAGE_THREADS')) throw refusals.locked();
}

/** Changing what stands in an archived thread is refused (50083), in a locked one too (160005). */
export function requireWritable(ctx: Context, channel: Channel): void {
  requireUnlocked(ctx, channel);
  if (channel.thread?.archived) throw refusals.archived();
}

/** The channel, ready to be posted in. */
export function writableChannel(ctx: Context, id: string): Channel {
  const channel = visibleChannel(ctx, id);
  if (channel.type === channelTypes.forum) throw refusals.nonTextChannel();
  requirePermission(ctx, channel, channel.thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES');
  requireUnlocked(ctx, channel);
  if (channel.recipientId !== undefined && !ctx.world.user(channel.recipientId).acceptsDms) {
    throw refusals.cannotMessageUser();
  }
  return channel;
}
