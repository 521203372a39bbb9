import type { Message } from '../messages/message.ts';

/** What is known of the older messages of a thread without reading them. */
export type ThreadSummary = {
  threadId: string;
  /** Grows when a message is edited or erased: what was made of the messages before that is not saved any more. */
  generation: number;
  /** It stands for all messages up to this step; 0 for none. */
  upToSeq: number;
  /** How many they are. */
  messages: number;
  text: string;
  tokens: number;
  /** The assistant whose model wrote it last; null for one made of sentences, without a model. */
  model: string | null;
};

/** What long threads keep beside their messages. */
export interface LongThreadStore {
  summary(threadId: string): Promise<ThreadSummary | null>;
  /** The summary to be extended, made empty where there is none. Null when the thread is not there. */
  beginSummary(threadId: string): Promise<ThreadSummary | null>;
  /**
   * Replaces the summary. False, and nothing is kept, when a message was edited or erased since it was read, or the thread
   * was deleted.
   */
  saveSummary(summary: ThreadSummary): Promise<boolean>;
  /** The thread's first message and those that are named, by id or `sourceId`, in their order, without what is redacted. */
  pinned(threadId: string, references: readonly string[]): Promise<Message[]>;
}
