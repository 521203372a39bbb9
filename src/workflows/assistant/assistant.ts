import { type Workflow, defineWorkflow } from '../../core/workflows/workflow.ts';
import type { Message } from '../../core/messages/message.ts';
import type { ModelMessage, ModelRequest } from '../../core/ports.ts';

/** Streams the model's answer over the thread's messages. */
export const assistant: Workflow = defineWorkflow({
  name: 'assistant',
  description: "Streams the answer of the assistant's model over the thread's messages.",
  async *run({ assistant: profile, thread, messages, model, signal }) {
    const request: ModelRequest = {
      threadName: thread.name,
      instructions: profile.instructions,
      messages: messages.map(toModelMessage),
      tools: [],
    };
    for await (const event of model.stream(request, signal)) {
      if (event.type === 'text' || event.type === 'usage') yield event;
    }
  },
});

function toModelMessage(message: Message): ModelMessage {
  return {
    role: message.role,
    text: message.text,
    ...(message.author === null ? {} : { author: message.author }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
    ...(message.toolCalls.length === 0 ? {} : { toolCalls: message.toolCalls }),
    ...(message.toolCallId === null ? {} : { toolCallId: message.toolCallId }),
  };
}
