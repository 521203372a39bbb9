import { flag, optionalString, requiredString } from '../arguments.ts';
import { contentLimits, readContent, readMetadata } from '../content-rules.ts';
import { presentMessage } from '../present.ts';
import { Refusal } from '../refusal.ts';
import { type Channel, newMessage, openDirectMessage } from '../state.ts';
import { normaliseText } from '../text.ts';
import { findChannel, findOwnMessage, type Method, type MethodContext, requireWritable } from './method.ts';

const postMessage: Method = {
  scopes: ['chat:write'],
  run(context) {
    const { app, workspace, args, conversation } = context;
    const channel = findTarget(context, requiredString(args, 'channel'));
    requireWritable(workspace, channel, { joined: false });
    const content = readContent(args);
    const threadTs = threadOf(channel, optionalString(args, 'thread_ts'));
    const broadcast = threadTs !== undefined && flag(args, 'reply_broadcast');
    const message = newMessage({
      ts: workspace.nextTs(),
      channel: channel.id,
      user: workspace.botUserId,
      botId: workspace.botId,
      appId: app.id,
      text: content.markdown ?? normaliseText((content.text ?? '').slice(0, contentLimits.postedText)),
      markdown: content.markdown,
      blocks: content.blocks,
      attachments: content.attachments,
      metadata: readMetadata(args) ?? undefined,
      threadTs,
      broadcast,
      subtype: broadcast ? 'thread_broadcast' : undefined,
    });
    context.emit(conversation.post(workspace, channel, message));
    const shown = presentMessage(app, workspace, channel, message, { withMetadata: true });
    return { channel: channel.id, ts: message.ts, message: shown };
  },
};

const postEphemeral: Method = {
  scopes: ['chat:write'],
  run({ workspace, args }) {
    const channel = findChannel(workspace, requiredString(args, 'channel'));
    requireWritable(workspace, channel, { joined: true });
    const user = requiredString(args, 'user');
    if (!workspace.users.has(user)) throw new Refusal('user_not_in_channel');
    readContent(args);
    return { message_ts: workspace.nextTs() };
  },
};

const deleteMessage: Method = {
  scopes: ['chat:write'],
  run(context) {
    const { workspace, args, conversation } = context;
    const channel = findChannel(workspace, requiredString(args, 'channel'));
    const message = findOwnMessage(workspace, channel, requiredString(args, 'ts'), 'cant_delete_message');
    context.emit(conversation.delete(workspace, channel, message));
    return { channel: channel.id, ts: message.ts };
  },
};

/** The thread that a post joins. Slack posts to the channel itself, without an error, when the parent is gone. */
function threadOf(channel: Channel, asked: string | undefined): string | undefined {
  if (asked === undefined || asked === '') return undefined;
  const parent = channel.messages.get(asked);
  return parent === undefined ? undefined : (parent.threadTs ?? parent.ts);
}

/** A channel id, `#name`, or the id of a person whose direct message is meant. */
function findTarget({ workspace, random, clock }: MethodContext, target: string): Channel {
  if (workspace.users.has(target)) return openDirectMessage(workspace, target, random, clock.now());
  const named = [...workspace.channels.values()].find((channel) => `#${channel.name}` === target);
  return findChannel(workspace, named?.id ?? target);
}

export const chatPostMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.delete': deleteMessage,
};
