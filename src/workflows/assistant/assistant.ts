import type { ApprovalNeed } from '../../core/approval/approval.ts';
import { toolResultText } from '../../core/messages/tool-result-text.ts';
import type { Message, ToolCall } from '../../core/messages/message.ts';
import { storableCall } from '../../core/messages/storable-call.ts';
import type { ModelRequest, StepRecord, ToolDescription, ToolOutcome } from '../../core/ports.ts';
import {
  defineWorkflow,
  type Workflow,
  type WorkflowContext,
  type WorkflowEvent,
} from '../../core/workflows/workflow.ts';
import { callDecided, retell } from './resume.ts';
import { resultMessage, spokenMessage } from './said-messages.ts';

/**
 * Streams the answer of the assistant's model over the thread's messages. Tools that it asks for are used, those of one
 * step at the same time, and it goes on with what they gave, until it asks for none. It stops where people must agree.
 */
export const assistant: Workflow = defineWorkflow({
  name: 'assistant',
  description: "Streams the answer of the assistant's model over the thread's messages, using tools.",
  async *run(context) {
    const { thread, run, assistant: profile, prompt, messages, model, signal } = context;
    // Beside the answer, which seldom waits for it.
    const upkeep = prompt.upkeep?.({ thread, run, assistant: profile }, messages, model, signal);
    yield* answer(context);
    const usage = await upkeep;
    if (usage) yield { type: 'usage', usage };
  },
});

/** Calls the model, and the tools that it asks for, until it asks for none or people must agree. */
async function* answer(context: WorkflowContext): AsyncGenerator<WorkflowEvent> {
  const { assistant: profile, toolbox, signal, resume } = context;
  yield* prepareFiles(context);
  const offered = await toolbox.list(signal);
  const call = (each: ToolCall) => toolbox.call(each, signal);
  const said: Message[] = [];
  let step = 1;
  if (resume !== undefined) {
    const { said: before, steps, spoken, open } = yield* retell(context, resume);
    said.push(...before);
    step += steps;
    if (spoken !== null) said.push(...(yield* useTools(spoken, open, callDecided(context, resume))));
  }
  for (; !signal.aborted; step += 1) {
    const tools = step < profile.maxSteps ? offered : [];
    const spoken = yield* takeStep(context, said, tools);
    if (spoken.toolCalls.length === 0) return;
    said.push(spoken);
    const needs = needsOf(tools);
    const free = spoken.toolCalls.filter(({ name }) => !needs.has(name));
    said.push(...(yield* useTools(spoken, free, call)));
    const asked = spoken.toolCalls.flatMap((each) => {
      const need = needs.get(each.name);
      return need === undefined ? [] : [{ ...each, need }];
    });
    if (asked.length === 0) continue;
    yield { type: 'approval', calls: asked };
    return;
  }
}

/** Before anything is asked of the model: it is told what is in the files, and people which of them cannot be used. */
async function* prepareFiles(context: WorkflowContext): AsyncGenerator<WorkflowEvent> {
  const { files, messages, resume, signal } = context;
  const notice = (await files?.prepare(context, messages, signal)) ?? '';
  // A run that goes on tells again what it said, the notice included.
  if (notice !== '' && resume === undefined) yield { type: 'text', delta: notice };
}

/** Uses tools at the same time, and tells what they gave in the order in which they were asked for. */
async function* useTools(
  spoken: Message,
  calls: readonly ToolCall[],
  use: (call: ToolCall) => Promise<ToolOutcome>,
): AsyncGenerator<WorkflowEvent, Message[]> {
  const outcomes = await Promise.all(calls.map(async (call) => ({ call, outcome: await use(call) })));
  const said: Message[] = [];
  for (const { call, outcome } of outcomes) {
    yield { type: 'tool_result', id: call.id, name: call.name, ...outcome };
    said.push(resultMessage(spoken, call.id, toolResultText(outcome.result)));
  }
  return said;
}

function needsOf(tools: readonly ToolDescription[]): ReadonlyMap<string, ApprovalNeed> {
  return new Map(
    tools.flatMap(({ name, needsApproval }) =>
      needsApproval === undefined ? [] : [[name, needsApproval] as const],
    ),
  );
}

/** One call of the model. Returns what it said, with the tools that it asks for. */
async function* takeStep(
  { assistant: profile, thread, run, model, prompt, messages, clock, signal }: WorkflowContext,
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
  const startedAt = clock.now();
  const passedMs = () => clock.now().getTime() - startedAt.getTime();
  const record: StepRecord = {
    model: null,
    prompt: built,
    tools: tools.map(({ name }) => name),
    usage: null,
    startedAt,
    firstMs: null,
    totalMs: 0,
  };
  // Told before the call and filled in as it goes on, so that one that fails or is stopped is kept as well.
  yield { type: 'step', record };
  let text = '';
  const toolCalls: ToolCall[] = [];
  try {
    for await (const event of model.stream(request, signal)) {
      if (event.type === 'text' || event.type === 'tool_call') record.firstMs ??= passedMs();
      if (event.type === 'text') {
        text += event.delta;
        yield event;
      } else if (event.type === 'usage') {
        record.usage = event.usage;
        record.model = event.model ?? null;
        yield { type: 'usage', usage: event.usage };
      } else if (event.type === 'tool_call' && tools.length > 0) {
        const call = storableCall(event);
        toolCalls.push(call);
        yield { type: 'tool_call', ...call };
      }
    }
  } finally {
    record.totalMs = passedMs();
  }
  return spokenMessage({ thread, run }, said.length, { text, toolCalls });
}
