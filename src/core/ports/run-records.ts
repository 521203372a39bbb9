import type { MessageRole, ToolCall } from '../messages/message.ts';
import type { RunRef, TokenUsage } from '../runs/run.ts';
import type { PromptFitting } from './prompt.ts';

/**
 * One message that a model was sent. What is a message of the thread is kept as its id alone, so that nothing is kept twice
 * and what is redacted there is gone here; the rest (summaries, what was cut or shortened) as its text.
 */
export type RecordedMessage = { role: MessageRole } & (
  | { id: string }
  | {
      /** Null once a message of the thread was redacted: the text may have been made of it. */
      text: string | null;
      toolCalls?: ToolCall[];
      toolCallId?: string;
    }
);

/** One call of a model. */
export type RecordedStep = {
  /** The attempt of the run that made it, from 1. */
  attempt: number;
  model: string | null;
  tools: readonly string[];
  usage: TokenUsage | null;
  startedAt: Date;
  firstMs: number | null;
  totalMs: number;
  /** What was added to the assistant's own instructions (memories, files); null as `text` of messages. */
  added: string | null;
  /** It was sent the first `same` messages of the step before it, and then `messages`. */
  same: number;
  messages: RecordedMessage[];
  /** How the conversation was made to fit; absent where the prompt builder does not say. */
  fitting?: PromptFitting;
};

/** What a run sent to models, over all its attempts. */
export type RunRecord = RunRef & {
  projectId: string;
  assistantId: string;
  /** Of the configuration that answered: 12 hexadecimal digits. */
  assistantVersion: string;
  /** The assistant's own instructions, which begin those of every step. */
  instructions: string;
  steps: RecordedStep[];
  createdAt: Date;
};

/** `fence` is the attempt's: what is added twice under one is kept once. */
export type NewRunRecord = RunRecord & { fence: number };

export interface RunRecordStore {
  /** Adds the steps of one attempt; those that are added at the same time share one command. */
  add(record: NewRunRecord): Promise<void>;
  /** Null where nothing is kept of it: it called no model, or its time is over. */
  find(ref: RunRef): Promise<RunRecord | null>;
}
