import { optionalString, requiredString } from '../arguments.ts';
import { readScope } from '../conversation.ts';
import { presentChannel } from '../present.ts';
import { Refusal } from '../refusal.ts';
import { type Channel, openDirectMessage } from '../state.ts';
import { findChannel, type Method, type MethodContext, requireScope } from './method.ts';

const anyRead = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];

const info: Method = {
  scopes: anyRead,
  run({ workspace, args }) {
    const channel = findChannel(workspace, requiredString(args, 'channel'));
    requireScope(workspace, [readScope(channel)]);
    return { channel: presentChannel(workspace, channel) };
  },
};

const open: Method = {
  scopes: ['im:write', 'mpim:write'],
  run({ workspace, args, random, clock }) {
    const user = requiredString(args, 'users');
    if (!workspace.users.has(user)) throw new Refusal('user_not_found');
    return { channel: { id: openDirectMessage(workspace, user, random, clock.now()).id } };
  },
};

const list: Method = { scopes: anyRead, run: (context) => listing(context, (channel) => visible(channel)) };

const ofUser: Method = { scopes: anyRead, run: (context) => listing(context, (channel) => channel.member) };

function visible(channel: Channel): boolean {
  return channel.kind === 'channel' || channel.member;
}

const kindOfType: Readonly<Record<string, Channel['kind']>> = {
  public_channel: 'channel',
  private_channel: 'group',
  im: 'im',
  mpim: 'mpim',
};

/** All in one page: a fake team has few channels. */
function listing({ workspace, args }: MethodContext, shown: (channel: Channel) => boolean) {
  const kinds = (optionalString(args, 'types') ?? 'public_channel').split(',').map((type) => {
    const kind = kindOfType[type.trim()];
    if (kind === undefined) throw new Refusal('invalid_types');
    return kind;
  });
  const withoutArchived = optionalString(args, 'exclude_archived') === 'true';
  const channels = [...workspace.channels.values()]
    .filter(
      (channel) => kinds.includes(channel.kind) && shown(channel) && !(withoutArchived && channel.archived),
    )
    .map((channel) => presentChannel(workspace, channel));
  return { channels, response_metadata: { next_cursor: '' } };
}

export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.info': info,
  'conversations.list': list,
  'conversations.open': open,
  'users.conversations': ofUser,
};
