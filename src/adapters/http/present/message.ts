import type { z } from 'zod';
import { CLIENT_ID } from '../../../core/messages/client-id.ts';
import type { Message } from '../../../core/messages/message.ts';
import type { message, threadMessage } from '../schemas/message.ts';

export type MessageView = z.output<typeof message>;

type Shown = Pick<Message, 'id' | 'sourceId' | 'role' | 'text' | 'author' | 'toolCalls' | 'toolCallId'>;

/** The id that programs know a message by: the one that a client gave it, else ours. */
export function messageIdOf({ id, sourceId }: Pick<Message, 'id' | 'sourceId'>): string {
  return sourceId?.startsWith(CLIENT_ID) === true ? sourceId.slice(CLIENT_ID.length) : id;
}

export function presentMessage(message: Shown): MessageView {
  const name = message.author?.name;
  return {
    type: message.role,
    id: messageIdOf(message),
    content: message.text,
    ...(name === undefined ? {} : { name }),
    ...(message.toolCalls.length === 0
      ? {}
      : { tool_calls: message.toolCalls.map((call) => ({ ...call, type: 'tool_call' as const })) }),
    ...(message.toolCallId === null ? {} : { tool_call_id: message.toolCallId }),
  };
}

export function presentThreadMessage(message: Message): z.output<typeof threadMessage> {
  const { author } = message;
  return {
    ...presentMessage(message),
    seq: message.seq,
    created_at: message.createdAt.toISOString(),
    run_id: message.runId,
    author:
      author === null ? null : { id: author.id, name: author.name ?? null, is_bot: author.isBot ?? false },
    attachments: message.attachments.map((attachment) => ({
      id: attachment.id,
      name: attachment.name,
      media_type: attachment.mediaType,
      size_bytes: attachment.sizeBytes,
      url: attachment.url,
    })),
    edited_at: message.revisions.at(-1)?.revisedAt.toISOString() ?? null,
    redacted_at: message.redactedAt?.toISOString() ?? null,
  };
}
