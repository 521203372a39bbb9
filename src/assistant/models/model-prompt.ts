import type { ModelMessage, ModelRequest } from '../../core/ports.ts';
import type { CallOptions, ModelPrompt, ModelTool, PromptMessage } from './language-model.ts';

/** Some providers refuse a conversation that a model begins. */
const OPENING = '(You spoke first.)';

const USED_BEFORE = 'Was used before; it cannot be used now.';

type ToolCallPart = Extract<
  Extract<PromptMessage, { role: 'assistant' }>['content'][number],
  { type: 'tool-call' }
>;
type UserPart = Extract<PromptMessage, { role: 'user' }>['content'][number];

/**
 * A request as the AI SDK takes it. What system messages say stands with the instructions, for not every provider takes
 * them later. Calls without results and results without calls are left out, which no provider takes. Pure.
 */
export function toModelPrompt(
  { instructions, messages }: Pick<ModelRequest, 'instructions' | 'messages'>,
  sees: boolean,
): ModelPrompt {
  const system = [instructions, ...messages.flatMap(({ role, text }) => (role === 'system' ? [text] : []))]
    .filter((text) => text.trim() !== '')
    .join('\n\n');
  const said = messages.flatMap((message, index): PromptMessage[] => {
    switch (message.role) {
      case 'human':
        return userMessage(message, sees);
      case 'ai':
        return assistantMessages(message, messages.slice(index + 1));
      case 'tool':
      case 'system':
        return [];
    }
  });
  const opening: PromptMessage[] =
    said[0]?.role === 'user' ? [] : [{ role: 'user', content: [{ type: 'text', text: OPENING }] }];
  return [...(system === '' ? [] : [{ role: 'system' as const, content: system }]), ...opening, ...said];
}

/**
 * Tools as the AI SDK takes them. Where none is offered but the conversation tells of calls, Anthropic wants them declared
 * all the same: they are, and may not be called. Pure.
 */
export function toModelTools(
  tools: ModelRequest['tools'],
  prompt: ModelPrompt,
): Pick<CallOptions, 'tools' | 'toolChoice'> {
  const offered = tools.map(
    ({ name, description, inputSchema }): ModelTool => ({ type: 'function', name, description, inputSchema }),
  );
  if (offered.length > 0) return { tools: offered };
  const names = new Set(
    prompt.flatMap(({ role, content }) =>
      role === 'assistant'
        ? content.flatMap((part) => (part.type === 'tool-call' ? [part.toolName] : []))
        : [],
    ),
  );
  if (names.size === 0) return {};
  const declared = [...names].map(
    (name): ModelTool => ({
      type: 'function',
      name,
      description: USED_BEFORE,
      inputSchema: { type: 'object' },
    }),
  );
  return { tools: declared, toolChoice: { type: 'none' } };
}

function userMessage({ text, speaker, images = [] }: ModelMessage, sees: boolean): PromptMessage[] {
  const said = speaker === undefined ? text : `[${speaker}] ${text}`;
  const pictures = sees ? images : [];
  const content: UserPart[] = [
    ...(said.trim() === '' ? [] : [{ type: 'text' as const, text: said }]),
    ...pictures.map(({ mediaType, data }) => ({
      type: 'file' as const,
      mediaType,
      data: { type: 'data' as const, data },
    })),
  ];
  return content.length === 0 ? [] : [{ role: 'user', content }];
}

function assistantMessages(
  { text, toolCalls = [] }: ModelMessage,
  after: readonly ModelMessage[],
): PromptMessage[] {
  const answered = toolCalls.flatMap((call) => {
    const result = after.find(({ role, toolCallId }) => role === 'tool' && toolCallId === call.id);
    return result === undefined ? [] : [{ call, result: result.text }];
  });
  const calls = answered.map(
    ({ call }): ToolCallPart => ({
      type: 'tool-call',
      toolCallId: call.id,
      toolName: call.name,
      input: call.args,
    }),
  );
  const content = [...(text.trim() === '' ? [] : [{ type: 'text' as const, text }]), ...calls];
  if (content.length === 0) return [];
  if (answered.length === 0) return [{ role: 'assistant', content }];
  const results = answered.map(({ call, result }) => ({
    type: 'tool-result' as const,
    toolCallId: call.id,
    toolName: call.name,
    output: { type: 'text' as const, value: result },
  }));
  return [
    { role: 'assistant', content },
    { role: 'tool', content: results },
  ];
}
