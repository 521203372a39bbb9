import type { Metadata, NewThread, Thread, ThreadStatus } from '../threads/thread.ts';

/** Which threads of a project; what is left out does not matter. */
export type ThreadFilter = {
  projectId: string;
  ids?: readonly string[];
  status?: ThreadStatus;
  /** Each key has exactly this value; a value of several levels is compared as a whole. */
  metadata?: Metadata;
  values?: Metadata;
  assistantId?: string;
};

/** Where a page ended: ordered by `updatedAt`, then `id`, both falling. */
export type ThreadPosition = { updatedAt: Date; id: string };

export type ThreadOrder = {
  by: 'id' | 'status' | 'createdAt' | 'updatedAt';
  direction: 'asc' | 'desc';
};

/** Threads as programs see them. Every question names the project, and no answer holds anything of another. */
export interface ThreadDirectory {
  /** An empty thread. False when one with this id exists, in whatever project. */
  create(thread: NewThread, at: Date): Promise<boolean>;
  find(projectId: string, threadId: string): Promise<Thread | null>;
  /** Newest `updatedAt` first, after the position. A thread that changes meanwhile is met again or not at all, never others. */
  page(filter: ThreadFilter, after: ThreadPosition | null, limit: number): Promise<Thread[]>;
  search(
    filter: ThreadFilter,
    page: { order: ThreadOrder; limit: number; offset: number },
  ): Promise<Thread[]>;
  count(filter: ThreadFilter): Promise<number>;
  /** `metadata` is merged, null removes a key. Null when the project has no such thread. @throws `invalid_input` */
  update(
    projectId: string,
    threadId: string,
    changes: { name?: string | null; metadata?: Metadata; assistantId?: string; deleteAt?: Date | null },
    at: Date,
  ): Promise<Thread | null>;
  /**
   * Messages, state and files under new ids, without runs and origin. Null when the project has no such thread.
   * `newFileId` gives new ids in each try of a request, where `newId` may give the same.
   */
  copy(
    projectId: string,
    threadId: string,
    ids: { threadId: string; newId: () => string; newFileId: () => string },
    at: Date,
  ): Promise<Thread | null>;
  /** Ids of threads whose `deleteAt` is past. */
  expired(now: Date, limit: number): Promise<string[]>;
}
