import { type CallArguments, flag, optionalString, requiredString, wholeNumber } from '../arguments.ts';
import { historyScope } from '../conversation.ts';
import { presentMessage } from '../present.ts';
import { Refusal } from '../refusal.ts';
import { type Channel, type Message, repliesOf } from '../state.ts';
import { findChannel, type Method, type MethodContext, requireScope } from './method.ts';

const anyHistory = ['channels:history', 'groups:history', 'im:history', 'mpim:history'];

const history: Method = {
  scopes: anyHistory,
  run(context) {
    const channel = readableChannel(context);
    const newestFirst = [...channel.messages.values()]
      .filter(
        (message) => message.threadTs === undefined || message.threadTs === message.ts || message.broadcast,
      )
      .filter(inRange(context.args))
      .reverse();
    const page = takePage(newestFirst, context.args, { fallback: 100, most: 999 });
    return { ...present(context, channel, page.items), ...page.next, pin_count: 0 };
  },
};

const replies: Method = {
  scopes: anyHistory,
  run(context) {
    const channel = readableChannel(context);
    const root = channel.messages.get(requiredString(context.args, 'ts'));
    if (root === undefined) throw new Refusal('thread_not_found');
    const oldestFirst = repliesOf(channel, root.ts).filter(inRange(context.args));
    const page = takePage(oldestFirst, context.args, { fallback: 1000, most: 1000 });
    // The parent comes first on every page, whatever the range.
    return { ...present(context, channel, [root, ...page.items]), ...page.next };
  },
};

function readableChannel({ workspace, args }: MethodContext): Channel {
  const channel = findChannel(workspace, requiredString(args, 'channel'));
  requireScope(workspace, [historyScope(channel)]);
  if (!channel.member) throw new Refusal('not_in_channel');
  return channel;
}

function inRange(args: CallArguments): (message: Message) => boolean {
  const oldest = readTs(args, 'oldest');
  const latest = readTs(args, 'latest');
  const inclusive = flag(args, 'inclusive');
  return ({ ts }) => {
    if (inclusive && (ts === oldest || ts === latest)) return true;
    return (
      (oldest === undefined || compareTs(ts, oldest) > 0) &&
      (latest === undefined || compareTs(ts, latest) < 0)
    );
  };
}

function readTs(args: CallArguments, name: 'oldest' | 'latest'): string | undefined {
  const value = optionalString(args, name);
  if (value === undefined || value === '' || value === '0' || value === 'now') return undefined;
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Refusal(`invalid_ts_${name}`);
  return value;
}

function compareTs(left: string, right: string): number {
  const [leftSeconds = '0', leftFraction = ''] = left.split('.');
  const [rightSeconds = '0', rightFraction = ''] = right.split('.');
  const bySeconds = Number(leftSeconds) - Number(rightSeconds);
  return bySeconds === 0
    ? Number(leftFraction.padEnd(6, '0')) - Number(rightFraction.padEnd(6, '0'))
    : bySeconds;
}

/** A cursor names the last message given, so that posts in between move nothing. */
function takePage(
  items: readonly Message[],
  args: CallArguments,
  limits: { fallback: number; most: number },
) {
  const limit = Math.min(wholeNumber(args, 'limit', limits.fallback) || limits.fallback, limits.most);
  const cursor = optionalString(args, 'cursor');
  const start = cursor === undefined || cursor === '' ? 0 : positionAfter(items, cursor);
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  const more = last !== undefined && start + limit < items.length;
  const next = more ? Buffer.from(`after:${last.ts}`).toString('base64') : '';
  return {
    items: page,
    next: { has_more: more, ...(more ? { response_metadata: { next_cursor: next } } : {}) },
  };
}

function positionAfter(items: readonly Message[], cursor: string): number {
  const ts = /^after:(\d+\.\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
  const position = items.findIndex((message) => message.ts === ts);
  if (position === -1) throw new Refusal('invalid_cursor');
  return position + 1;
}

function present({ app, workspace, args }: MethodContext, channel: Channel, messages: readonly Message[]) {
  const withMetadata = flag(args, 'include_all_metadata');
  return {
    messages: messages.map((message) => presentMessage(app, workspace, channel, message, { withMetadata })),
  };
}

export const historyMethods: Readonly<Record<string, Method>> = {
  'conversations.history': history,
  'conversations.replies': replies,
};
