import type { Message } from '../messages/message.ts';
import type { ModelMessage, PromptBuilder } from '../ports.ts';

/** The assistant's instructions and the whole conversation, nothing else. */
export const plainPrompt: PromptBuilder = {
  build: async ({ assistant }, messages) => ({
    instructions: assistant.instructions,
    messages: messages.map(toModelMessage),
  }),
};

/** A message of a thread as models get it. */
export function toModelMessage(message: Message): ModelMessage {
  return {
    role: message.role,
    text: message.text,
    ...(message.author === null ? {} : { author: message.author }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
    ...(message.toolCalls.length === 0 ? {} : { toolCalls: message.toolCalls }),
    ...(message.toolCallId === null ? {} : { toolCallId: message.toolCallId }),
  };
}
