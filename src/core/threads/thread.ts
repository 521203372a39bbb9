import type { Origin } from '../origin.ts';

export type Metadata = Record<string, unknown>;

/** `interrupted`: the last run was stopped on the way; `error`: it failed or ran out of time. */
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
  /** After this time the thread is deleted for good; null for one that stays. */
  deleteAt: Date | null;
  /** Of the request that made it, where a program did: by it a repetition knows its own. */
  creationId?: string;
  createdAt: Date;
  updatedAt: Date;
};

export type NewThread = Pick<Thread, 'id' | 'projectId' | 'assistantId' | 'name' | 'metadata' | 'origin'> &
  Partial<Pick<Thread, 'deleteAt' | 'creationId'>>;

export function threadStatus({ openRuns, lastEnd }: Pick<Thread, 'openRuns' | 'lastEnd'>): ThreadStatus {
  return openRuns > 0 ? 'busy' : lastEnd;
}
