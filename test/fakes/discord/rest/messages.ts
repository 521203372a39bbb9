import { invalidForm, refusals } from '../api-error.ts';
import type { Context } from '../context.ts';
import { asObjects, asStrings } from '../json.ts';
import type { Edit } from '../message-actions.ts';
import { edit, messageFlags, react, remove, removeMany, type } from '../message-actions.ts';
import {
  checkAllowedMentions,
  checkComponentsV2,
  readComponents,
  readContent,
  readEmbeds,
  readFlags,
  storeFiles,
} from '../message-form.ts';
import { compareSnowflakes } from '../snowflake.ts';
import type { Message } from '../world.ts';
import { channelTypes } from '../world.ts';
import {
  may,
  requirePermission,
  requireWritable,
  visibleChannel,
  visibleMessage,
  writableChannel,
} from './access.ts';
import { replyMessage } from './create-message.ts';
import { botPings } from './pings.ts';
import type { Call, Reply, Route } from './route.ts';
import { param } from './route.ts';

const hour = 3_600_000;

function readLimit(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return 50;
  const limit = Number(text);
  if (!Number.isInteger(limit)) {
    throw invalidForm('limit', 'NUMBER_TYPE_COERCE', `Value "${text}" is not int.`);
  }
  if (limit < 1)
    throw invalidForm('limit', 'NUMBER_TYPE_MIN', 'int value should be greater than or equal to 1.');
  if (limit > 100) {
    throw invalidForm('limit', 'NUMBER_TYPE_MAX', 'int value should be less than or equal to 100.');
  }
  return limit;
}

function readSnowflake(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,20}$/.test(value)) {
    throw invalidForm(name, 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`);
  }
  return value;
}

/** The page of messages that the query asks for, newest first. `oldestFirst` is the whole channel. */
function page(oldestFirst: Message[], query: URLSearchParams): Message[] {
  const limit = readLimit(query);
  const before = readSnowflake(query, 'before');
  const after = readSnowflake(query, 'after');
  const around = readSnowflake(query, 'around');
  const older = (id: string) => oldestFirst.filter((m) => compareSnowflakes(m.id, id) < 0);
  const newer = (id: string) => oldestFirst.filter((m) => compareSnowflakes(m.id, id) > 0);
  const pick = (): Message[] => {
    if (around !== undefined) {
      const half = Math.floor(limit / 2);
      const middle = oldestFirst.filter((m) => m.id === around);
      const left = half === 0 ? [] : older(around).slice(-half);
      return [...left, ...middle, ...newer(around).slice(0, half)].slice(0, limit);
    }
    if (before !== undefined) return older(before).slice(-limit);
    if (after !== undefined) return newer(after).slice(0, limit);
    return oldestFirst.slice(-limit);
  };
  return pick().toReversed();
}

function listMessages(ctx: Context, call: Call): Reply {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  if (channel.type === channelTypes.forum) throw refusals.nonTextChannel();
  const messages = may(ctx, channel, 'READ_MESSAGE_HISTORY')
    ? ctx.world.messagesOf(channel.id).filter((m) => (m.flags & messageFlags.ephemeral) === 0)
    : [];
  const sorted = messages.toSorted((a, b) => compareSnowflakes(a.id, b.id));
  return { status: 200, body: page(sorted, call.query).map((message) => replyMessage(ctx, message)) };
}

function getMessage(ctx: Context, call: Call): Reply {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  requirePermission(ctx, channel, 'READ_MESSAGE_HISTORY');
  return { status: 200, body: replyMessage(ctx, visibleMessage(ctx, channel, param(call, 'message'))) };
}

/** What the form changes of the message. @throws 50035, 50006 */
export function readEdit(ctx: Context, message: Message, call: Call): Edit {
  const { body } = call;
  const content = body['content'] === null ? '' : readContent(body);
  const given = readFlags(body, message.flags);
  const v2 = message.flags & messageFlags.componentsV2;
  if (v2 !== 0 && given !== undefined && (given & v2) === 0) {
    throw invalidForm('flags', 'MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG', 'The flag cannot be removed.');
  }
  const flags = given === undefined ? message.flags : given | (message.flags & messageFlags.hasThread);
  const embeds = body['embeds'] === null ? [] : readEmbeds(body);
  const components =
    body['components'] === null ? [] : readComponents(body, (flags & messageFlags.componentsV2) !== 0);
  checkComponentsV2(flags, content, embeds);
  checkAllowedMentions(body);
  const uploads = storeFiles(ctx, message.channelId, call.files, body);
  const kept = Array.isArray(body['attachments'])
    ? message.attachments.filter((old) => asObjects(body['attachments']).some((a) => a['id'] === old['id']))
    : message.attachments;
  const attachments = [...kept, ...uploads];
  const text = content ?? message.content;
  const filled = embeds ?? message.embeds;
  if (text === '' && !filled.length && !(components ?? message.components).length && !attachments.length) {
    throw refusals.emptyMessage();
  }
  const pings = content === undefined ? undefined : botPings(ctx, `an edit of ${message.id}`, content, body);
  return { content, pings, flags, attachments, embeds, components };
}

function editMessage(ctx: Context, call: Call): Reply {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  const message = visibleMessage(ctx, channel, param(call, 'message'));
  if (message.authorId !== ctx.botUserId) throw refusals.notTheAuthor();
  requireWritable(ctx, channel);
  const change = readEdit(ctx, message, call);
  if (ctx.clock.now() - message.createdAt > hour) {
    const text = 'Maximum number of edits to messages older than 1 hour reached. Try again later';
    ctx.limiter.takeHidden(`old-edits|${channel.id}`, ctx.limiter.limits.oldEdits, text, 30_046);
  }
  edit(ctx, message, change);
  return { status: 200, body: replyMessage(ctx, message) };
}

function deleteMessage(ctx: Context, call: Call): Reply {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  const message = visibleMessage(ctx, channel, param(call, 'message'));
  if (message.authorId !== ctx.botUserId) requirePermission(ctx, channel, 'MANAGE_MESSAGES');
  requireWritable(ctx, channel);
  remove(ctx, message);
  return { status: 204 };
}

function bulkDelete(ctx: Context, call: Call): Reply {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  requirePermission(ctx, channel, 'MANAGE_MESSAGES');
  const ids = asStrings(call.body['messages']);
  if (ids.length < 2 || ids.length > 100) {
    throw invalidForm('messages', 'BASE_TYPE_BAD_LENGTH', 'Must be between 2 and 100 in length.');
  }
  removeMany(
    ctx,
    channel,
    ids.flatMap((id) => ctx.world.messageIn(channel.id, id) ?? []),
  );
  return { status: 204 };
}

function addReaction(ctx: Context, call: Call): Reply {
  const channel = visibleChannel(ctx, param(call, 'channel'));
  const message = visibleMessage(ctx, channel, param(call, 'message'));
  requirePermission(ctx, channel, 'READ_MESSAGE_HISTORY');
  requirePermission(ctx, channel, 'ADD_REACTIONS');
  requireWritable(ctx, channel);
  react(ctx, message, ctx.botUserId, param(call, 'emoji'));
  return { status: 204 };
}

function startTyping(ctx: Context, call: Call): Reply {
  type(ctx, writableChannel(ctx, param(call, 'channel')), ctx.botUserId);
  return { status: 204 };
}

export const messageRoutes: Route[] = [
  { method: 'GET', template: '/channels/:channel/messages', handle: listMessages },
  { method: 'POST', template: '/channels/:channel/messages/bulk-delete', handle: bulkDelete },
  { method: 'GET', template: '/channels/:channel/messages/:message', handle: getMessage },
  { method: 'PATCH', template: '/channels/:channel/messages/:message', handle: editMessage },
  { method: 'DELETE', template: '/channels/:channel/messages/:message', handle: deleteMessage },
  {
    method: 'PUT',
    template: '/channels/:channel/messages/:message/reactions/:emoji/@me',
    handle: addReaction,
  },
  { method: 'POST', template: '/channels/:channel/typing', handle: startTyping },
];
