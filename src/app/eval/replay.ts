import { toolResultText } from '../../core/messages/tool-result-text.ts';
import type { Clock, NewId } from '../../core/clock.ts';
import { toThreadrelayError } from '../../core/errors.ts';
import type { Message, ToolCall } from '../../core/messages/message.ts';
import type { Model } from '../../core/ports.ts';
import type { Run, TokenUsage } from '../../core/runs/run.ts';
import type { Thread } from '../../core/threads/thread.ts';
import type { Workflow } from '../../core/workflows/workflow.ts';
import type { Assistant } from '../../workers/run/route-run.ts';
import type { EvalTurn } from './eval-file.ts';

/** What an assistant said and did in one turn. */
export type Answer = {
  text: string;
  toolCalls: ToolCall[];
  /** What tools gave, as text. */
  results: string[];
  usage: TokenUsage;
  ms: number;
  /** Why there is no whole answer; null when there is. */
  problem: string | null;
};

export type ReplayParts = { workflow: Workflow; clock: Clock; newId: NewId; projectId: string };

/** The model that an assistant has for what nobody asked in particular. */
export function modelOf(assistant: Assistant, parts: ReplayParts): Model {
  const thread = newThread(assistant.profile.id, parts);
  const question = newMessage({ role: 'human', text: '' }, thread, parts);
  const run = newRun(thread, question, parts);
  const message = { text: '', attachments: [] };
  return assistant.model(
    { thread, run, assistant: assistant.profile },
    { thread, message, author: null, run: { attempt: 1 } },
  );
}

/** Has an assistant answer turns one after the other, in a thread that nobody else sees; nothing of it is stored. */
export async function* replay(
  assistant: Assistant,
  turns: readonly EvalTurn[],
  parts: ReplayParts,
): AsyncGenerator<Answer> {
  const thread = newThread(assistant.profile.id, parts);
  const messages: Message[] = [];
  for (const turn of turns) {
    const question = newMessage({ role: 'human', text: turn.user }, thread, parts);
    question.author = { id: `eval-${thread.id}`, name: turn.author };
    messages.push(question);
    thread.lastSeq = question.seq;
    const run = newRun(thread, question, parts);
    const answer = await answerTo({ assistant, thread, run, messages }, parts);
    yield answer;
    messages.push(newMessage({ role: 'ai', text: answer.text, runId: run.id }, thread, parts));
  }
}

async function answerTo(
  {
    assistant,
    thread,
    run,
    messages,
  }: { assistant: Assistant; thread: Thread; run: Run; messages: Message[] },
  { workflow, clock }: ReplayParts,
): Promise<Answer> {
  const startedAt = clock.now().getTime();
  const answer: Answer = {
    text: '',
    toolCalls: [],
    results: [],
    usage: { inputTokens: 0, outputTokens: 0 },
    ms: 0,
    problem: null,
  };
  const { profile, prompt } = assistant;
  const scene = { thread, run, assistant: profile };
  const question = messages.at(-1);
  const input = {
    thread,
    message: { text: question?.text ?? '', attachments: [] },
    author: question?.author ?? null,
    run: { attempt: 1 },
  };
  try {
    const events = workflow.run({
      ...scene,
      model: assistant.model(scene, input),
      prompt,
      toolbox: assistant.toolbox(scene),
      messages: [...messages],
      clock,
      signal: new AbortController().signal,
    });
    for await (const event of events) {
      switch (event.type) {
        case 'text':
          answer.text += event.delta;
          break;
        case 'tool_call':
          answer.toolCalls.push({ id: event.id, name: event.name, args: event.args });
          break;
        case 'tool_result':
          answer.results.push(toolResultText(event.result));
          // What was said before tools were used is no part of the answer.
          answer.text = '';
          break;
        case 'usage':
          answer.usage.inputTokens += event.usage.inputTokens;
          answer.usage.outputTokens += event.usage.outputTokens;
          break;
        case 'approval':
          answer.problem = `It asks people to approve ${event.calls.map(({ name }) => name).join(', ')}.`;
          break;
        case 'custom':
        case 'step':
          break;
      }
    }
  } catch (error) {
    answer.problem = toThreadrelayError(error).message;
  }
  answer.ms = clock.now().getTime() - startedAt;
  return answer;
}

function newThread(assistantId: string, { clock, newId, projectId }: ReplayParts): Thread {
  const at = clock.now();
  return {
    id: newId(),
    projectId,
    assistantId,
    name: null,
    metadata: {},
    origin: null,
    closed: null,
    lastSeq: 0,
    values: {},
    openRuns: 1,
    lastEnd: 'idle',
    deleteAt: null,
    createdAt: at,
    updatedAt: at,
  };
}

function newMessage(
  said: Pick<Message, 'role' | 'text'> & Partial<Pick<Message, 'runId'>>,
  thread: Thread,
  { clock, newId }: ReplayParts,
): Message {
  thread.lastSeq += 1;
  return {
    id: newId(),
    threadId: thread.id,
    seq: thread.lastSeq,
    author: null,
    attachments: [],
    toolCalls: [],
    toolCallId: null,
    sourceId: null,
    runId: null,
    revisions: [],
    redactedAt: null,
    createdAt: clock.now(),
    ...said,
  };
}

function newRun(thread: Thread, question: Message, { clock, newId, projectId }: ReplayParts): Run {
  const at = clock.now();
  const id = newId();
  return {
    id,
    threadId: thread.id,
    projectId,
    assistantId: thread.assistantId,
    ordinal: question.seq,
    triggerMessageIds: [question.id],
    idempotencyKey: id,
    status: 'running',
    priority: 0,
    attempt: 1,
    fence: 1,
    workerId: null,
    heartbeatAt: null,
    availableAt: at,
    cancel: null,
    workflow: 'assistant',
    route: null,
    error: null,
    usage: null,
    messageIds: [],
    metadata: {},
    createdAt: at,
    startedAt: at,
    endedAt: null,
  };
}
