import { toolResultText } from '../../core/messages/tool-result-text.ts';
import type { Message, ToolCall } from '../../core/messages/message.ts';
import type { ModelRequest, ToolDescription, ToolOutcome } from '../../core/ports.ts';
import type { TokenUsage } from '../../core/runs/run.ts';
import {
  defineWorkflow,
  type Workflow,
  type WorkflowContext,
  type WorkflowEvent,
} from '../../core/workflows/workflow.ts';

/**
 * Streams the answer of the assistant's model over the thread's messages. Tools that it asks for are used, those of one
 * step at the same time, and it goes on with what they gave, until it asks for none.
 */
export const assistant: Workflow = defineWorkflow({
  name: 'assistant',
  description: "Streams the answer of the assistant's model over the thread's messages, using tools.",
  async *run(context) {
    const { assistant: profile, toolbox, signal } = context;
    const offered = await toolbox.list(signal);
    const said: Message[] = [];
    for (let step = 1; !signal.aborted; step += 1) {
      const tools = step < profile.maxSteps ? offered : [];
      const spoken = yield* takeStep(context, said, tools);
      if (spoken.toolCalls.length === 0) return;
      said.push(spoken);
      const outcomes = await Promise.all(spoken.toolCalls.map((call) => toolbox.call(call, signal)));
      for (const [index, call] of spoken.toolCalls.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) continue;
        yield { type: 'tool_result', id: call.id, name: call.name, ...outcome };
        said.push(resultMessage(spoken, call, outcome));
      }
    }
  },
});

/** One call of the model. Returns what it said, with the tools that it asks for. */
async function* takeStep(
  { assistant: profile, thread, run, model, prompt, messages, signal }: WorkflowContext,
  said: readonly Message[],
  tools: readonly ToolDescription[],
): AsyncGenerator<WorkflowEvent, Message> {
  const built = await prompt.build(
    { thread, run, assistant: profile },
    [...messages, ...said],
    tools,
    signal,
  );
  const request: ModelRequest = { threadName: thread.name, ...built, tools };
  const startedAt = new Date();
  let firstMs: number | null = null;
  let text = '';
  let usage: TokenUsage | null = null;
  let answeredBy: string | null = null;
  const toolCalls: ToolCall[] = [];
  const isOffered = new Set(tools.map(({ name }) => name));
  for await (const event of model.stream(request, signal)) {
    if (event.type === 'text' || event.type === 'tool_call') firstMs ??= Date.now() - startedAt.getTime();
    if (event.type === 'text') {
      text += event.delta;
      yield event;
    } else if (event.type === 'usage') {
      usage = event.usage;
      answeredBy = event.model ?? null;
      yield { type: 'usage', usage };
    } else if (event.type === 'tool_call' && isOffered.size > 0) {
      const { id, name, args } = event;
      toolCalls.push({ id, name, args });
      yield event;
    }
  }
  const totalMs = Date.now() - startedAt.getTime();
  const names = tools.map(({ name }) => name);
  yield {
    type: 'step',
    record: { model: answeredBy, prompt: built, tools: names, usage, startedAt, firstMs, totalMs },
  };
  return {
    ...BLANK,
    id: `${run.id}-said-${said.length}`,
    threadId: thread.id,
    runId: run.id,
    text,
    toolCalls,
  };
}

const BLANK: Omit<Message, 'id' | 'threadId' | 'runId'> = {
  seq: Number.MAX_SAFE_INTEGER,
  role: 'ai',
  text: '',
  author: null,
  attachments: [],
  toolCalls: [],
  toolCallId: null,
  sourceId: null,
  revisions: [],
  redactedAt: null,
  createdAt: new Date(0),
};

function resultMessage(spoken: Message, call: ToolCall, { result }: ToolOutcome): Message {
  const text = toolResultText(result);
  return { ...spoken, id: `${spoken.id}-${call.id}`, role: 'tool', text, toolCalls: [], toolCallId: call.id };
}
