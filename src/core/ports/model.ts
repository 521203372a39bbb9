import type { Attachment, Author, Message, ToolCall } from '../messages/message.ts';
import type { TokenUsage } from '../runs/run.ts';

export type ModelMessage = {
  role: Message['role'];
  text: string;
  author?: Author;
  attachments?: Attachment[];
  toolCalls?: ToolCall[];
  toolCallId?: string;
};

export type ModelRequest = {
  /** The conversation's own name; for scripts and logs, not for the prompt. */
  threadName: string | null;
  instructions: string;
  messages: ModelMessage[];
  tools: { name: string; description: string; inputSchema: Record<string, unknown> }[];
};

export type ModelEvent =
  | { type: 'text'; delta: string }
  | { type: 'tool_call'; id: string; name: string; args: Record<string, unknown> }
  | { type: 'usage'; usage: TokenUsage }
  | { type: 'finish'; reason: 'stop' | 'tool_calls' | 'length' | 'content_filter' };

export interface Model {
  /** Streams one answer. Ends early, without an error, when the signal fires. @throws ThreadrelayError `model_failed` */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
