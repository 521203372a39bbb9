import { refusals } from '../api-error.ts';
import type { Context } from '../context.ts';
import type { Json } from '../json.ts';
import { messageTypes, post } from '../message-actions.ts';
import { readAutoArchive, readName } from '../message-form.ts';
import { presentChannel } from '../present.ts';
import { announceThreadUpdate, deleteChannel, setArchived } from '../thread-actions.ts';
import type { Channel } from '../world.ts';
import { may, requirePermission, visibleChannel } from './access.ts';
import type { Call, Reply, Route } from './route.ts';
import { param } from './route.ts';
import { readTags } from './threads.ts';

function getChannel(ctx: Context, call: Call): Reply {
  return { status: 200, body: presentChannel(ctx, visibleChannel(ctx, param(call, 'channel'))) };
}

function takeRename(ctx: Context, channel: Channel, body: Json): void {
  if (body['name'] === undefined && body['topic'] === undefined) return;
  ctx.limiter.takeHidden(`rename|${channel.id}`, ctx.limiter.limits.rename);
}

/** Opening an unlocked thread needs leave to send; its owner may change it, anything else needs MANAGE_THREADS. */
function requireThreadEdit(ctx: Context, thread: Channel, body: Json): void {
  const state = thread.thread;
  if (!state) return;
  const opens = body['archived'] === false;
  if (state.archived && !opens) throw refusals.archived();
  if (may(ctx, thread, 'MANAGE_THREADS')) return;
  if (state.locked) throw refusals.missingPermissions();
  const keys = Object.keys(body);
  if (opens && keys.length === 1) return requirePermission(ctx, thread, 'SEND_MESSAGES_IN_THREADS');
  if (state.ownerId !== ctx.botUserId || body['locked'] !== undefined) throw refusals.missingPermissions();
}

function editThread(ctx: Context, thread: Channel, body: Json): void {
  const state = thread.thread;
  if (!state) return;
  requireThreadEdit(ctx, thread, body);
  const name = body['name'] === undefined ? thread.name : readName(body['name']);
  const forum = ctx.world.permissionHolder(thread);
  const tags = body['applied_tags'] === undefined ? undefined : readTags(forum, body['applied_tags']);
  const autoArchive = readAutoArchive(body['auto_archive_duration']);
  takeRename(ctx, thread, body);
  const renamed = name !== thread.name;
  thread.name = name;
  state.appliedTags = tags ?? state.appliedTags;
  state.autoArchiveMinutes = autoArchive ?? state.autoArchiveMinutes;
  if (typeof body['locked'] === 'boolean') state.locked = body['locked'];
  if (typeof body['archived'] === 'boolean') setArchived(ctx, thread, body['archived']);
  announceThreadUpdate(ctx, thread);
  if (renamed) {
    post(ctx, {
      channel: thread,
      authorId: ctx.botUserId,
      content: name,
      pings: { userIds: [], roleIds: [], everyone: false },
      type: messageTypes.renamed,
    });
  }
}

function editChannel(ctx: Context, call: Call): Reply {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  if (channel.recipientId !== undefined) throw refusals.wrongChannelType();
  if (channel.thread) {
    editThread(ctx, channel, call.body);
    return { status: 200, body: presentChannel(ctx, channel) };
  }
  requirePermission(ctx, channel, 'MANAGE_CHANNELS');
  const name = call.body['name'] === undefined ? channel.name : readName(call.body['name']);
  takeRename(ctx, channel, call.body);
  channel.name = name;
  if (typeof call.body['topic'] === 'string') channel.topic = call.body['topic'];
  const data = presentChannel(ctx, channel);
  ctx.emit({ type: 'CHANNEL_UPDATE', guildId: channel.guildId, channelId: channel.id, data });
  return { status: 200, body: data };
}

function removeChannel(ctx: Context, call: Call): Reply {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  const body = presentChannel(ctx, channel);
  if (channel.recipientId !== undefined) return { status: 200, body };
  requirePermission(ctx, channel, channel.thread ? 'MANAGE_THREADS' : 'MANAGE_CHANNELS');
  deleteChannel(ctx, channel);
  return { status: 200, body };
}

export const channelRoutes: Route[] = [
  { method: 'GET', template: '/channels/:channel', handle: getChannel },
  { method: 'PATCH', template: '/channels/:channel', handle: editChannel },
  { method: 'DELETE', template: '/channels/:channel', handle: removeChannel },
];
