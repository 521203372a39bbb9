import type { ToolCall } from '../messages/message.ts';
import type { StreamMode } from './stream-mode.ts';

/** One event of the stream that a reader gets. `data` is JSON, or stands for a state that is read when it is sent. */
export type StreamFrame = { id: string; event: string; data: unknown };

/** In place of the state before the answer: states may be large, and a reader may have to wait long for its first frame. */
export const STATE_BEFORE = Symbol('the state before the answer');
/** In place of the state as the run left it. */
export const STATE_AFTER = Symbol('the state after the run');

/**
 * A frame without its place. `mode` tells who gets it; null: everybody. Without `data` it only takes its place, so that
 * the places of the others do not depend on it.
 */
export type FrameDraft = { mode: StreamMode | null; event: string; data: (() => unknown) | null };

/** What is the same in all frames of a run. */
export type StreamedRun = {
  id: string;
  threadId: string;
  /** Attempts begun when the reader came; told when the stream has lost the beginning of the one under way. */
  attempt: number;
};

/** What the database says of a run that has ended, or waits for people. */
export type StreamedOutcome = {
  fence: number;
  attempt: number;
  /** As programs read it. */
  status: string;
  /** It has not ended, but waits for people. */
  isWaiting: boolean;
  error: { error: string; message: string } | null;
  /** What the run said; null when it said nothing, or that was deleted since. */
  answer: { id: string; text: string; toolCalls: readonly ToolCall[] } | null;
  /** False when its thread was deleted meanwhile. */
  hasState: boolean;
};

/** A message as programs read it. */
export function answerMessage(answer: { id: string; text: string; toolCalls: readonly ToolCall[] }) {
  const { id, text, toolCalls } = answer;
  return {
    type: 'ai',
    id,
    content: text,
    ...(toolCalls.length === 0 ? {} : { tool_calls: shown(toolCalls) }),
  };
}

/** A piece of a message: `content` is what comes after all that was sent under this id before. */
export function answerChunk(id: string, delta: string) {
  return { type: 'AIMessageChunk', id, content: delta, tool_call_chunks: [] };
}

function shown(toolCalls: readonly ToolCall[]) {
  return toolCalls.map((call) => ({ ...call, type: 'tool_call' }));
}

/** Who said a message, beside each chunk of it. `ANSWERING` stands where the SDK has the name of a graph's node. */
export function chunkMetadata({ id, threadId }: Pick<StreamedRun, 'id' | 'threadId'>) {
  return { run_id: id, thread_id: threadId, langgraph_node: ANSWERING, tags: [] };
}

/** For the mode `messages`, before the first frame of a message; null leaves only its place. */
export function messageMetadata(
  messageId: string | null,
  run: Pick<StreamedRun, 'id' | 'threadId'>,
): FrameDraft {
  return {
    mode: 'messages',
    event: 'messages/metadata',
    data: messageId === null ? null : () => ({ [messageId]: { metadata: chunkMetadata(run) } }),
  };
}

export const ANSWERING = 'assistant';
export const USING_TOOLS = 'tools';
