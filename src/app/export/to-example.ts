import type { Message } from '../../core/messages/message.ts';
import type { Masking } from './person-names.ts';

type ExampleMessage = {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string | null;
  name?: string;
  tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
};

const ROLES = { human: 'user', ai: 'assistant', tool: 'tool', system: 'system' } as const;

/** What a chat API takes as a name. */
const NOT_IN_NAMES = /[^\w-]+/g;

/**
 * A thread as one example for fine-tuning, as OpenAI's chat models take it; null where no assistant answers anything. What was
 * redacted is left out, and with a redacted call of a tool what it gave.
 */
export function toExample(
  messages: readonly Message[],
  instructions: string,
  masking: Masking,
): { messages: ExampleMessage[] } | null {
  const kept = messages.filter(({ redactedAt }) => redactedAt === null);
  const calls = new Set(kept.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id)));
  const given = new Set(kept.flatMap(({ toolCallId }) => (toolCallId === null ? [] : [toolCallId])));
  const told = kept
    .filter(({ toolCallId }) => toolCallId === null || calls.has(toolCallId))
    .map((message) => asExampleMessage(message, given, masking))
    .filter(({ content, tool_calls }) => (content ?? '') !== '' || tool_calls !== undefined);
  // Models learn from answers: what nobody answered teaches nothing.
  const end = told.findLastIndex(({ role }) => role === 'assistant');
  if (!told.slice(0, end).some(({ role }) => role === 'user')) return null;
  const system =
    instructions === '' ? [] : [{ role: 'system' as const, content: masking.text(instructions) }];
  return { messages: [...system, ...told.slice(0, end + 1)] };
}

function asExampleMessage(
  { role, text, author, toolCalls, toolCallId }: Message,
  given: ReadonlySet<string>,
  masking: Masking,
): ExampleMessage {
  // A call without what it gave is refused by the API.
  const calls = toolCalls.filter(({ id }) => given.has(id));
  const content = masking.text(text);
  return {
    role: ROLES[role],
    content: content === '' && calls.length > 0 ? null : content,
    ...(author === null || role !== 'human'
      ? {}
      : { name: masking.nameOf(author).replaceAll(NOT_IN_NAMES, '_').slice(0, 64) }),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ id, name, args }) => ({
            id,
            type: 'function' as const,
            function: { name, arguments: JSON.stringify(masking.value(args)) },
          })),
        }),
    ...(toolCallId === null ? {} : { tool_call_id: toolCallId }),
  };
}
