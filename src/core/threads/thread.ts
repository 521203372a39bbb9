import type { AskedCall } from '../approval/approval.ts';
import type { Origin } from '../origin.ts';
import type { TokenUsage } from '../runs/run.ts';

export type Metadata = Record<string, unknown>;

/** `interrupted`: the last run was stopped on the way, or a run waits for people to approve something; `error`: it failed or ran out of time. */
export const THREAD_STATUSES = ['idle', 'busy', 'interrupted', 'error'] as const;
export type ThreadStatus = (typeof THREAD_STATUSES)[number];

/** An ordered conversation of one project, linked to one assistant, with at most one origin. */
export type Thread = {
  id: string;
  projectId: string;
  assistantId: string;
  name: string | null;
  metadata: Metadata;
  origin: Origin | null;
  /** Why the thread takes no further runs, or null while it is open. */
  closed: { reason: string; at: Date } | null;
  /** The `seq` of the newest step, a message or a checkpoint; the next one gets `lastSeq + 1`. */
  lastSeq: number;
  /** State that programs keep beside the messages, as it is now. */
  values: Metadata;
  /** Runs that have not ended. */
  openRuns: number;
  /** How the last run that ended left the thread. */
  lastEnd: Exclude<ThreadStatus, 'busy'>;
  /** What a run of it asks people for; absent while none does. */
  asks?: ThreadAsks;
  /** What its runs have used, those that have ended; absent before the first. */
  usage?: TokenUsage;
  /** After this time the thread is deleted for good; null for one that stays. */
  deleteAt: Date | null;
  /** Of the request that made it, where a program did: by it a repetition knows its own. */
  creationId?: string;
  createdAt: Date;
  updatedAt: Date;
};

/** The calls that are not decided yet. */
export type ThreadAsks = {
  runId: string;
  expiresAt: Date;
  calls: (Pick<AskedCall, 'id' | 'name' | 'args' | 'by'> & { index: number })[];
};

export type NewThread = Pick<Thread, 'id' | 'projectId' | 'assistantId' | 'name' | 'metadata' | 'origin'> &
  Partial<Pick<Thread, 'deleteAt' | 'creationId'>>;

export function threadStatus({
  openRuns,
  lastEnd,
  asks,
}: Pick<Thread, 'openRuns' | 'lastEnd' | 'asks'>): ThreadStatus {
  if (openRuns === 0) return lastEnd;
  return asks === undefined ? 'busy' : 'interrupted';
}
