import type { Origin } from '../origin.ts';

export type Metadata = Record<string, unknown>;

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
  /** The `seq` given to the newest message; the next one gets `lastSeq + 1`. */
  lastSeq: number;
  createdAt: Date;
  updatedAt: Date;
};

export type NewThread = Pick<Thread, 'id' | 'projectId' | 'assistantId' | 'name' | 'metadata' | 'origin'>;
