import type { PositionedRunEvent, RunEvent, RunEventId } from '../runs/run-event.ts';
import type { CancelAction, RunLease, RunRef } from '../runs/run.ts';

/** Doorbells carry no data; a lost one costs time, never a run. */
export interface Doorbells {
  /** A higher `priority` goes first; 0 is normal. A ring far ahead may be left to the sweeper. */
  ringThread(threadId: string, when?: { delayMs?: number; priority?: number }): Promise<void>;
  /** `hasEnded`: the run is known to have ended, so its outcome is to be looked up at once. */
  ringDelivery(ref: RunRef, hasEnded?: boolean): Promise<void>;
}

export interface RunEventWriter {
  /** Never blocks and never fails the run: events are gathered and appended in batches. */
  emit(event: RunEvent): void;
  /** Resolves when all emitted events are in the stream, or could not be put there. */
  flush(): Promise<void>;
}

export interface RunEventLog {
  writer(lease: RunLease): RunEventWriter;
  /**
   * Calls `onEvents` with all events after `from` (`null` from the start) and then as they come, until the returned
   * function is called. One blocking connection serves all followers of the process.
   */
  follow(ref: RunRef, from: RunEventId | null, onEvents: (events: PositionedRunEvent[]) => void): () => void;
  /**
   * The next events after `from` (`null` from the start) that are there now, those of `batches` appends at most. None:
   * there are no more, or the log is away.
   */
  read(ref: RunRef, from: RunEventId | null, batches: number): Promise<PositionedRunEvent[]>;
}

/** Wakes workers that execute a run which is to be cancelled. Lossy: heartbeats find what it loses. */
export interface CancelBroadcast {
  publish(ref: RunRef & { action: CancelAction }): Promise<void>;
  subscribe(listener: (cancel: RunRef & { action: CancelAction }) => void): () => void;
}

/** One limit of a platform, shared by all processes. */
export type WriteBudget = {
  /** Names the bucket, as `slack:T1:chat.update`; budgets that one write takes share the first two words. */
  key: string;
  /** At most `limit` writes in any window of `windowMs`. */
  limit: number;
  windowMs: number;
  /** Writes of the window that previews leave to posts and finals. */
  reserve: number;
  /** This many finals that are wanted at one moment are all granted within `withinMs`: see core/pacing/write-window. */
  finals?: { count: number; withinMs: number };
};

export type WriteKind = 'preview' | 'post' | 'final';

export type BudgetAnswer = {
  /** 0: one write was taken from every budget. Else none was, and this is how long to wait. */
  waitMs: number;
  /** How many members were active lately, for each budget in the order given. */
  active: number[];
};

export interface WriteBudgets {
  /** Takes one write from every budget or from none, for a member (a delivery). Answers also while Redis is away. */
  take(budgets: WriteBudget[], kind: WriteKind, member: string): Promise<BudgetAnswer>;
  /** The platform said to wait: nobody takes from these budgets before. */
  penalise(budgets: WriteBudget[], waitMs: number): Promise<void>;
  /** The member writes no more. */
  leave(budgets: WriteBudget[], member: string): Promise<void>;
}
