import { invalidForm, refusals } from '../api-error.ts';
import type { Context } from '../context.ts';
import { asObject, asStrings } from '../json.ts';
import { emitMessage, messageFlags, messageTypes, place, post } from '../message-actions.ts';
import { readAutoArchive, readName } from '../message-form.ts';
import { presentChannel, presentThreadMember } from '../present.ts';
import { openPost } from '../forum-post.ts';
import { announceThread, joinThread, leaveThread, makeThread } from '../thread-actions.ts';
import type { Channel } from '../world.ts';
import { channelTypes } from '../world.ts';
import { requirePermission, requireWritable, visibleChannel, visibleMessage } from './access.ts';
import { readDraft, replyMessage } from './create-message.ts';
import type { Call, Reply, Route } from './route.ts';
import { param } from './route.ts';

const usualAutoArchive = 4_320;
const maxAppliedTags = 5;

/** The tags of a post: at most five, all of the forum's own. */
export function readTags(forum: Channel, value: unknown): string[] {
  const tags = asStrings(value);
  if (tags.length > maxAppliedTags) {
    throw invalidForm(
      'applied_tags',
      'BASE_TYPE_MAX_LENGTH',
      `Must be ${maxAppliedTags} or fewer in length.`,
    );
  }
  const unknown = tags.findIndex((id) => !forum.tags.some((tag) => tag.id === id));
  if (unknown >= 0) {
    throw invalidForm(`applied_tags.${unknown}`, 'INVALID_FORUM_TAG', 'Invalid forum tag.');
  }
  if (forum.requiresTag && tags.length === 0) throw refusals.tagRequired();
  return tags;
}

function requireRoom(ctx: Context, parent: Channel): void {
  const active = parent.guildId === undefined ? [] : ctx.world.activeThreads(parent.guildId);
  if (active.length >= ctx.settings.maxActiveThreads) throw refusals.tooManyThreads();
}

function createForumPost(ctx: Context, forum: Channel, call: Call): Reply {
  requirePermission(ctx, forum, 'SEND_MESSAGES');
  const name = readName(call.body['name']);
  const appliedTags = readTags(forum, call.body['applied_tags']);
  const body = asObject(call.body['message']);
  if (!body) throw invalidForm('message', 'BASE_TYPE_REQUIRED', 'This field is required');
  const draft = readDraft(ctx, forum, body, call.files);
  const autoArchiveMinutes = readAutoArchive(call.body['auto_archive_duration']) ?? usualAutoArchive;
  requireRoom(ctx, forum);
  const { thread, starter } = openPost(ctx, { forum, name, appliedTags, autoArchiveMinutes, draft });
  return { status: 201, body: { ...presentChannel(ctx, thread), message: replyMessage(ctx, starter) } };
}

function createThread(ctx: Context, call: Call): Reply {
  const parent = visibleChannel(ctx, param(call, 'channel'));
  if (parent.type === channelTypes.forum) return createForumPost(ctx, parent, call);
  if (parent.type !== channelTypes.text && parent.type !== channelTypes.announcement) {
    throw refusals.wrongChannelType();
  }
  const isPublic = call.body['type'] === channelTypes.publicThread;
  requirePermission(ctx, parent, isPublic ? 'CREATE_PUBLIC_THREADS' : 'CREATE_PRIVATE_THREADS');
  const name = readName(call.body['name']);
  const autoArchiveMinutes = readAutoArchive(call.body['auto_archive_duration']) ?? usualAutoArchive;
  requireRoom(ctx, parent);
  const thread = makeThread(ctx, {
    id: ctx.nextId(),
    parent,
    name,
    ownerId: ctx.botUserId,
    type: isPublic ? channelTypes.publicThread : channelTypes.privateThread,
    appliedTags: [],
    autoArchiveMinutes,
  });
  announceThread(ctx, thread);
  if (isPublic) {
    post(ctx, {
      channel: parent,
      authorId: ctx.botUserId,
      content: name,
      pings: { userIds: [], roleIds: [], everyone: false },
      type: messageTypes.threadCreated,
    });
  }
  return { status: 201, body: presentChannel(ctx, thread) };
}

function createThreadFromMessage(ctx: Context, call: Call): Reply {
  const parent = visibleChannel(ctx, param(call, 'channel'));
  if (parent.type !== channelTypes.text && parent.type !== channelTypes.announcement) {
    throw refusals.wrongChannelType();
  }
  const source = visibleMessage(ctx, parent, param(call, 'message'));
  requirePermission(ctx, parent, 'CREATE_PUBLIC_THREADS');
  if (source.startedThreadId !== undefined) throw refusals.threadExists();
  const name = readName(call.body['name']);
  const autoArchiveMinutes = readAutoArchive(call.body['auto_archive_duration']) ?? usualAutoArchive;
  requireRoom(ctx, parent);
  const lastMessageId = parent.lastMessageId;
  const thread = makeThread(ctx, {
    id: source.id,
    parent,
    name,
    ownerId: ctx.botUserId,
    type: channelTypes.publicThread,
    appliedTags: [],
    autoArchiveMinutes,
  });
  parent.lastMessageId = lastMessageId;
  source.startedThreadId = thread.id;
  source.flags |= messageFlags.hasThread;
  announceThread(ctx, thread);
  emitMessage(ctx, 'MESSAGE_UPDATE', source);
  const starter = place(ctx, {
    channel: thread,
    authorId: source.authorId,
    content: '',
    pings: { userIds: [], roleIds: [], everyone: false },
    type: messageTypes.starter,
    referenceId: source.id,
    referenceChannelId: parent.id,
  });
  if (thread.thread) thread.thread.messageCount = 0;
  emitMessage(ctx, 'MESSAGE_CREATE', starter);
  return { status: 201, body: presentChannel(ctx, thread) };
}

function visibleThread(ctx: Context, call: Call): Channel {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  if (!channel.thread) throw refusals.wrongChannelType();
  return channel;
}

function memberId(ctx: Context, call: Call): string {
  const id = param(call, 'user');
  if (id === '@me') return ctx.botUserId;
  if (!ctx.world.users.has(id)) throw refusals.unknownUser();
  return id;
}

function addMember(ctx: Context, call: Call): Reply {
  const thread = visibleThread(ctx, call);
  requireWritable(ctx, thread);
  joinThread(ctx, thread, memberId(ctx, call));
  return { status: 204 };
}

function removeMember(ctx: Context, call: Call): Reply {
  const thread = visibleThread(ctx, call);
  const id = memberId(ctx, call);
  if (id !== ctx.botUserId) requirePermission(ctx, thread, 'MANAGE_THREADS');
  if (thread.thread?.archived) throw refusals.archived();
  leaveThread(ctx, thread, id);
  return { status: 204 };
}

function getMember(ctx: Context, call: Call): Reply {
  const thread = visibleThread(ctx, call);
  const id = memberId(ctx, call);
  if (!thread.thread?.memberIds.has(id)) throw refusals.unknownMember();
  return { status: 200, body: presentThreadMember(ctx, thread, id) };
}

function listMembers(ctx: Context, call: Call): Reply {
  const thread = visibleThread(ctx, call);
  const ids = [...(thread.thread?.memberIds ?? [])];
  return { status: 200, body: ids.map((id) => presentThreadMember(ctx, thread, id)) };
}

function listArchived(ctx: Context, call: Call): Reply {
  const parent = visibleChannel(ctx, param(call, 'channel'));
  requirePermission(ctx, parent, 'READ_MESSAGE_HISTORY');
  const beforeText = call.query.get('before');
  const before = beforeText === null ? Number.POSITIVE_INFINITY : Date.parse(beforeText);
  if (Number.isNaN(before)) {
    throw invalidForm('before', 'DATE_TIME_TYPE_PARSE', 'Could not parse value as a date time.');
  }
  const limit = Number(call.query.get('limit') ?? 50);
  const archived = [...ctx.world.channels.values()]
    .filter((c) => c.parentId === parent.id && c.type === channelTypes.publicThread && c.thread?.archived)
    .filter((c) => (c.thread?.archivedAt ?? 0) < before)
    .sort((a, b) => (b.thread?.archivedAt ?? 0) - (a.thread?.archivedAt ?? 0));
  const shown = archived.slice(0, limit);
  return {
    status: 200,
    body: { ...presentThreads(ctx, shown), has_more: archived.length > shown.length },
  };
}

/** Threads with the bot's own memberships of them, as the listing routes answer. */
export function presentThreads(ctx: Context, threads: Channel[]): { threads: unknown[]; members: unknown[] } {
  return {
    threads: threads.map((thread) => presentChannel(ctx, thread)),
    members: threads
      .filter((thread) => thread.thread?.memberIds.has(ctx.botUserId))
      .map((thread) => presentThreadMember(ctx, thread, ctx.botUserId)),
  };
}

export const threadRoutes: Route[] = [
  { method: 'POST', template: '/channels/:channel/threads', handle: createThread },
  {
    method: 'POST',
    template: '/channels/:channel/messages/:message/threads',
    handle: createThreadFromMessage,
  },
  { method: 'GET', template: '/channels/:channel/threads/archived/public', handle: listArchived },
  { method: 'GET', template: '/channels/:channel/thread-members', handle: listMembers },
  { method: 'GET', template: '/channels/:channel/thread-members/:user', handle: getMember },
  { method: 'PUT', template: '/channels/:channel/thread-members/:user', handle: addMember },
  { method: 'DELETE', template: '/channels/:channel/thread-members/:user', handle: removeMember },
];
