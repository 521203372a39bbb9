import type { NewId } from '../../core/clock.ts';
import type { MessageRole, NewMessage } from '../../core/messages/message.ts';
import { CLIENT_ID } from '../../core/messages/client-id.ts';
import type { MessageInput } from './schemas/message.ts';

const ROLES: Record<NonNullable<MessageInput['type']>, MessageRole> = {
  human: 'human',
  user: 'human',
  ai: 'ai',
  assistant: 'ai',
  tool: 'tool',
  system: 'system',
};

/** A message of a client as one to be stored. Ids come from `newId` in the order of the messages. */
export function readMessageInput(input: MessageInput, newId: NewId, at: Date): NewMessage {
  const { name } = input;
  return {
    id: newId(),
    role: ROLES[input.type ?? input.role ?? 'human'],
    text: textOf(input.content),
    createdAt: at,
    ...(input.id === undefined ? {} : { sourceId: `${CLIENT_ID}${input.id}` }),
    ...(name === undefined || name === '' ? {} : { author: { id: name, name } }),
    ...(input.tool_calls === undefined
      ? {}
      : {
          toolCalls: input.tool_calls.map(({ id, name: called, args }) => ({
            id: id ?? newId(),
            name: called,
            args,
          })),
        }),
    ...(input.tool_call_id === undefined ? {} : { toolCallId: input.tool_call_id }),
  };
}

function textOf(content: MessageInput['content']): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}
