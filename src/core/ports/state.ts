import type { NewMessage } from '../messages/message.ts';
import type { Metadata } from '../threads/thread.ts';

/**
 * A step that left no message: programs changed the state, or a message was edited. With the messages, whose `seq` counts
 * in the same row, these are a thread's checkpoints: each names what the state was after it.
 */
export type Checkpoint = {
  threadId: string;
  seq: number;
  source: 'update' | 'edit';
  /** The custom state from this step on; null where the step did not change it. */
  values: Metadata | null;
  /** Whom a program named as the author of its update. */
  asNode: string | null;
  createdAt: Date;
};

export type StateUpdate = {
  /**
   * A message whose `sourceId` or id is known in the thread replaces what that one says; others are appended. `api:` and
   * one of our ids means that message, as programs know it.
   */
  messages: readonly NewMessage[];
  /** Ids or `sourceId`s of messages to erase, read the same way; those that are not there need not be. */
  removed: readonly string[];
  /** Merged into the custom state, key by key. */
  values: Metadata;
  asNode: string | null;
};

export interface StateStore {
  /**
   * Carries an update out as a whole. Each message that it appends takes a step, and all else that it changes one more,
   * with a checkpoint; an update that does nothing but append takes none beside, and one of messages that are there as they
   * are takes none at all. Answers the step it ends with; null when
   * the thread is not there. @throws ThreadrelayError `invalid_input` for a key that cannot be stored or a custom state
   * that grows too large, `conflict` when the id of a message is taken in another thread
   */
  update(threadId: string, update: StateUpdate, at: Date): Promise<{ seq: number } | null>;
  /** Checkpoints without a message, newest first, with a `seq` under `before`. */
  checkpoints(threadId: string, before: number, limit: number): Promise<Checkpoint[]>;
  /** The custom state after the step `seq`. */
  valuesAt(threadId: string, seq: number): Promise<Metadata>;
}
