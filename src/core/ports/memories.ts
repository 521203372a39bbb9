import type { Memory } from '../memory/memory.ts';

export type NewMemory = Omit<Memory, 'updatedAt'>;

/**
 * `known`: the fact that was there already says the same. `full`: the subject has as many as it may (MOST_MEMORIES). `gone`:
 * the message that it comes from was erased.
 */
export type Remembered =
  | { kind: 'remembered' | 'known'; memory: Memory }
  | { kind: 'full' }
  | { kind: 'gone' };

export interface MemoryStore {
  /**
   * Keeps a fact; one that says the same about the same subject is there once. However many are kept at once, a subject never
   * has more than it may; and when the message that a fact comes from is erased at that moment, the fact is not kept, or was
   * there before.
   */
  remember(memory: NewMemory): Promise<Remembered>;
  /** Newest first, at most `limit`. */
  list(projectId: string, subject: string, limit: number): Promise<Memory[]>;
  /** Null when there is none in this project, or with `subject`, none of theirs. */
  find(projectId: string, id: string, subject?: string): Promise<Memory | null>;
  /**
   * Lets a fact say something else; its source is gone then, for nobody said this there. Null as in `find`.
   * @throws ThreadrelayError `conflict` when another fact of the subject says this already
   */
  correct(change: {
    projectId: string;
    id: string;
    subject?: string;
    text: string;
    at: Date;
  }): Promise<Memory | null>;
  /** False as null in `find`. */
  forget(projectId: string, id: string, subject?: string): Promise<boolean>;
  /** Forgets all that is known of a subject, and answers how much that was. */
  eraseSubject(projectId: string, subject: string): Promise<number>;
}
