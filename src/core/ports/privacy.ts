import type { Person } from '../privacy/person.ts';

/** What a person is erased from: one project. */
export type ErasureSubject = {
  projectId: string;
  person: Person;
  /** Names by which the person's own messages know them, as their platform showed them. */
  names: readonly string[];
};

/** Erases what one store keeps of a person. Each store that keeps something of people has one. */
export interface PersonEraser {
  /** Names what is erased in reports, in the plural and with `_`: `memories`. */
  readonly kind: string;
  /**
   * Erases everything of the person in the project, in bounded batches, and answers how much. Repeatable: what a crash left
   * over is erased by the next call. With `dryRun` it only counts.
   */
  erase(subject: ErasureSubject, options: { at: Date; dryRun: boolean }): Promise<number>;
}

/** What `projects.<n>.retention` bounds. */
export const RETENTION_KINDS = ['messages', 'files', 'memories', 'run_records'] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

/** Ends what is too old to be kept. Each store that a limit is for has one. */
export interface RetentionTarget {
  readonly kind: RetentionKind;
  /**
   * Erases at most `limit` items of the project from before `before`, the oldest first, and answers how many; fewer than
   * `limit` means that there are no more. Several processes may do it at once.
   */
  eraseBefore(projectId: string, before: Date, limit: number, at: Date): Promise<number>;
}

/** Whose turn it is: over all processes each project's retention is carried out once in a while. */
export interface RetentionRounds {
  /** True for one of all that ask at a time when nobody has been told so, with a later `until`. */
  claim(projectId: string, now: Date, until: Date): Promise<boolean>;
}
