import { isRecord, optionalString, requiredString, structured } from '../arguments.ts';
import { checkBlocks, contentLimits, readMetadata } from '../content-rules.ts';
import { presentMessage } from '../present.ts';
import { Refusal } from '../refusal.ts';
import { type Channel, type Message, newMessage } from '../state.ts';
import type { JsonObject } from '../types.ts';
import { findChannel, findOwnMessage, type Method, type MethodContext, requireWritable } from './method.ts';

/** A stream ends itself about five minutes after its start, appended to or not. */
const streamLifeMs = 300_000;

const startStream: Method = {
  scopes: ['chat:write'],
  run(context) {
    const { app, workspace, args, clock, conversation } = context;
    const channel = findChannel(workspace, requiredString(args, 'channel'));
    requireWritable(workspace, channel, { joined: true });
    const threadTs = requiredString(args, 'thread_ts');
    if (!channel.messages.has(threadTs)) throw new Refusal('invalid_thread_ts');
    if (channel.kind !== 'im') {
      if (optionalString(args, 'recipient_team_id') === undefined)
        throw new Refusal('missing_recipient_team_id');
      const recipient = optionalString(args, 'recipient_user_id');
      if (recipient === undefined) throw new Refusal('missing_recipient_user_id');
      if (!workspace.users.has(recipient)) throw new Refusal('user_not_found');
    }
    const text = streamedText(args) ?? '';
    const message = newMessage({
      ts: workspace.nextTs(),
      channel: channel.id,
      user: workspace.botUserId,
      botId: workspace.botId,
      appId: app.id,
      text,
      markdown: text,
      threadTs: channel.messages.get(threadTs)?.threadTs ?? threadTs,
      streamStartedAt: clock.now(),
    });
    context.emit(conversation.post(workspace, channel, message));
    return { channel: channel.id, ts: message.ts };
  },
};

const appendStream: Method = {
  scopes: ['chat:write'],
  run(context) {
    const { workspace, args, conversation } = context;
    const { channel, message } = findStream(context);
    const text = streamedText(args);
    if (text === undefined) throw new Refusal('no_text');
    // Clients get appended text by another way than the Events API: no event until the stream stops.
    conversation.edit(workspace, channel, message, () => append(message, text));
    return { channel: channel.id, ts: message.ts };
  },
};

const stopStream: Method = {
  scopes: ['chat:write'],
  run(context) {
    const { app, workspace, args, conversation } = context;
    const { channel, message } = findStream(context);
    const text = streamedText(args);
    const blocks = readBlocks(context);
    const metadata = readMetadata(args);
    const events = conversation.edit(workspace, channel, message, () => {
      if (text !== undefined) append(message, text);
      message.blocks = blocks ?? message.blocks;
      if (metadata !== undefined) message.metadata = metadata ?? undefined;
      message.streamStartedAt = undefined;
    });
    context.emit(events);
    return { channel: channel.id, ts: message.ts, message: presentMessage(app, workspace, channel, message) };
  },
};

function findStream({ workspace, args, clock }: MethodContext): { channel: Channel; message: Message } {
  const channel = findChannel(workspace, requiredString(args, 'channel'));
  requireWritable(workspace, channel, { joined: true });
  const message = findOwnMessage(workspace, channel, requiredString(args, 'ts'), 'message_not_owned_by_app');
  if (message.streamStartedAt !== undefined && clock.now() - message.streamStartedAt >= streamLifeMs) {
    message.streamStartedAt = undefined;
  }
  if (message.streamStartedAt === undefined) throw new Refusal('message_not_in_streaming_state');
  return { channel, message };
}

function append(message: Message, text: string): void {
  const whole = (message.markdown ?? '') + text;
  if (whole.length > contentLimits.markdown) throw new Refusal('msg_too_long');
  message.markdown = whole;
  message.text = whole;
}

/** `markdown_text`, or the text of the `markdown_text` chunks. */
function streamedText(args: JsonObject): string | undefined {
  const chunks = structured(args, 'chunks', 'invalid_chunks');
  const text = optionalString(args, 'markdown_text');
  if (chunks === undefined) return checkedLength(text);
  if (!Array.isArray(chunks)) throw new Refusal('invalid_chunks');
  const parts = chunks.map((chunk: unknown) => {
    if (!isRecord(chunk) || typeof chunk['type'] !== 'string') throw new Refusal('invalid_chunks');
    return chunk['type'] === 'markdown_text' && typeof chunk['text'] === 'string' ? chunk['text'] : '';
  });
  return checkedLength((text ?? '') + parts.join(''));
}

function checkedLength(text: string | undefined): string | undefined {
  if ((text ?? '').length > contentLimits.markdown) throw new Refusal('msg_too_long');
  return text;
}

function readBlocks({ args }: MethodContext): JsonObject[] | undefined {
  const value = structured(args, 'blocks', 'invalid_blocks_format');
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every(isRecord)) throw new Refusal('invalid_blocks_format');
  checkBlocks(value);
  return value;
}

export const chatStreamMethods: Readonly<Record<string, Method>> = {
  'chat.startStream': startStream,
  'chat.appendStream': appendStream,
  'chat.stopStream': stopStream,
};
