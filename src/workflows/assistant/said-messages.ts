import type { Message, ToolCall } from '../../core/messages/message.ts';
import type { WorkflowContext } from '../../core/workflows/workflow.ts';

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

/** What the run has said, for its next step; `place` counts what it said before. */
export function spokenMessage(
  { thread, run }: Pick<WorkflowContext, 'thread' | 'run'>,
  place: number,
  said: { text: string; toolCalls: ToolCall[] },
): Message {
  return { ...BLANK, id: `${run.id}-said-${place}`, threadId: thread.id, runId: run.id, ...said };
}

/** What a call gave, for the next step. */
export function resultMessage(spoken: Message, toolCallId: string, text: string): Message {
  return { ...spoken, id: `${spoken.id}-${toolCallId}`, role: 'tool', text, toolCalls: [], toolCallId };
}
