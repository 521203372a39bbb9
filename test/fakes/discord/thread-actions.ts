import type { Context, GatewayEvent } from './context.ts';
import type { Json } from './json.ts';
import { presentChannel, presentThreadMember } from './present.ts';
import type { Channel } from './world.ts';

export type NewThread = {
  id: string;
  parent: Channel;
  name: string;
  ownerId: string;
  type: number;
  appliedTags: string[];
  autoArchiveMinutes: number;
};

/** Makes the thread's channel without telling anybody. */
export function makeThread(ctx: Context, draft: NewThread): Channel {
  const at = ctx.clock.now();
  const thread: Channel = {
    id: draft.id,
    type: draft.type,
    name: draft.name,
    topic: null,
    position: 0,
    guildId: draft.parent.guildId,
    parentId: draft.parent.id,
    tags: [],
    requiresTag: false,
    denied: 0n,
    recipientId: undefined,
    lastMessageId: null,
    thread: {
      ownerId: draft.ownerId,
      archived: false,
      locked: false,
      autoArchiveMinutes: draft.autoArchiveMinutes,
      archivedAt: at,
      createdAt: at,
      appliedTags: draft.appliedTags,
      memberIds: new Set([draft.ownerId]),
      messageCount: 0,
      totalSent: 0,
    },
  };
  ctx.world.channels.set(thread.id, thread);
  draft.parent.lastMessageId = thread.id;
  return thread;
}

function threadEvent(type: string, thread: Channel, data: Json): GatewayEvent {
  return { type, guildId: thread.guildId, channelId: thread.id, data };
}

function threadChanged(ctx: Context, thread: Channel, authorId: string | undefined): void {
  ctx.changed({ kind: 'thread', channelId: thread.id, messageId: undefined, authorId, content: thread.name });
}

/** Tells everybody of a new thread. */
export function announceThread(ctx: Context, thread: Channel): void {
  const data = { ...presentChannel(ctx, thread), newly_created: true };
  ctx.emit(threadEvent('THREAD_CREATE', thread, data));
  threadChanged(ctx, thread, thread.thread?.ownerId);
}

/** Tells everybody of a thread's present state. */
export function announceThreadUpdate(ctx: Context, thread: Channel): void {
  ctx.emit(threadEvent('THREAD_UPDATE', thread, presentChannel(ctx, thread)));
  threadChanged(ctx, thread, undefined);
}

/** Archives or opens a thread; the time of it is what archived threads are listed by. */
export function setArchived(ctx: Context, thread: Channel, archived: boolean): void {
  if (!thread.thread || thread.thread.archived === archived) return;
  thread.thread.archived = archived;
  thread.thread.archivedAt = ctx.clock.now();
}

/** Wakes an archived thread, as sending into it does. */
export function unarchive(ctx: Context, channel: Channel): void {
  if (!channel.thread?.archived) return;
  setArchived(ctx, channel, false);
  announceThreadUpdate(ctx, channel);
}

/** Adds a member; a repeated join changes nothing. */
export function joinThread(ctx: Context, channel: Channel, userId: string): void {
  const state = channel.thread;
  if (!state || state.memberIds.has(userId)) return;
  state.memberIds.add(userId);
  announceMembers(ctx, channel, [presentThreadMember(ctx, channel, userId)], []);
}

/** Removes a member; one who is none stays none. */
export function leaveThread(ctx: Context, channel: Channel, userId: string): void {
  if (!channel.thread?.memberIds.delete(userId)) return;
  announceMembers(ctx, channel, [], [userId]);
}

function announceMembers(ctx: Context, channel: Channel, added: Json[], removed: string[]): void {
  ctx.emit(
    threadEvent('THREAD_MEMBERS_UPDATE', channel, {
      id: channel.id,
      guild_id: channel.guildId,
      member_count: channel.thread?.memberIds.size ?? 0,
      added_members: added,
      removed_member_ids: removed,
    }),
  );
}

/** Deletes a channel or thread with all that is in it. Threads of a deleted channel go with it, without events of their own. */
export function deleteChannel(ctx: Context, channel: Channel): void {
  const data = presentChannel(ctx, channel);
  const kin = [...ctx.world.channels.values()].filter(
    (other) => other.thread && other.parentId === channel.id,
  );
  for (const gone of [channel, ...kin]) {
    for (const message of ctx.world.messagesOf(gone.id)) message.deletedAt = ctx.clock.now();
    ctx.world.channels.delete(gone.id);
  }
  const event = channel.thread
    ? threadEvent('THREAD_DELETE', channel, {
        id: channel.id,
        guild_id: channel.guildId,
        parent_id: channel.parentId,
        type: channel.type,
      })
    : threadEvent('CHANNEL_DELETE', channel, data);
  ctx.emit(event);
  threadChanged(ctx, channel, undefined);
}
