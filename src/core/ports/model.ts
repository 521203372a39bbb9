import type { Attachment, Author, Message, ToolCall } from '../messages/message.ts';
import type { ToolDescription } from './tools.ts';
import type { TokenUsage } from '../runs/run.ts';

export type ModelMessage = {
  role: Message['role'];
  text: string;
  author?: Author;
  /** Whose words these are, in threads where several people write: models are told it before the text. */
  speaker?: string;
  attachments?: Attachment[];
  toolCalls?: ToolCall[];
  toolCallId?: string;
  /** For models that see. */
  images?: ModelImage[];
};

export type ModelImage = { mediaType: string; data: Uint8Array };

export type ModelRequest = {
  /** The conversation's own name; for scripts and logs, not for the prompt. */
  threadName: string | null;
  instructions: string;
  messages: ModelMessage[];
  tools: readonly ToolDescription[];
  /** The answer is cut after so many tokens, thinking included. Left out: as the model is configured. */
  maxOutputTokens?: number;
};

export type ModelEvent =
  | { type: 'text'; delta: string }
  | { type: 'tool_call'; id: string; name: string; args: Record<string, unknown> }
  /** `model` names the one that answered, where there are several. */
  | { type: 'usage'; usage: TokenUsage; model?: string }
  | { type: 'finish'; reason: 'stop' | 'tool_calls' | 'length' | 'content_filter' };

export interface Model {
  /** Streams one answer. Ends early, without an error, when the signal fires. @throws ThreadrelayError `model_failed` */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
