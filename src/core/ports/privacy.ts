import type { Person } from '../privacy/person.ts';

/** What one thread holds of a person: counts, and not what it is, so that a thread may hold any amount. */
export type PersonThread = {
  threadId: string;
  /** The person as `personKey` writes them here. */
  key: string;
  /** How their messages, and what they decided, show them. */
  names: string[];
  /** What they wrote, and results of calls that they denied, which name them. */
  messages: number;
  /** What was answered to it, which may repeat it. */
  answers: number;
  /** Calls of tools that they approved or denied. */
  decisions: number;
  files: number;
  /** Nobody else wrote in it. */
  isTheirs: boolean;
};

/** What tells of a person in text. */
export type PersonTraces = { id: string; names: readonly string[] };

/** A run whose stream may still be there. */
export type StreamedRun = { id: string; hasEnded: boolean };

/**
 * What threads hold of people. An erasure may be broken off after any of these steps: until `finish` is done `threadsOf`
 * finds the thread again.
 */
export interface PersonThreadStore {
  /** All threads of the project that a person wrote in, or decided something in. Reads the whole project, in batches. */
  threadsOf(projectId: string, person: Person): AsyncIterable<PersonThread>;
  /** Runs of the thread that answer the person and have not ended. */
  openRuns(threadId: string, person: Person): Promise<string[]>;
  /**
   * Erases what the person wrote and was answered, and takes their id and names out of the rest of the thread. What they are
   * found by stays: who wrote what is empty now, and who decided. True when there was nothing to erase since the last call,
   * which `isAgain` says that there was: then no attempt that begins now reads anything of them.
   */
  eraseFrom(thread: PersonThread, person: Person, at: Date, isAgain: boolean): Promise<boolean>;
  /** Whether an attempt is executed that may have read something of the person; `lives`: heard of since then. */
  isBusy(threadId: string, person: Person, lives: Date): Promise<boolean>;
  /** Runs that have ended since, and those that wait: nobody is executing them. */
  streamedRuns(threadId: string, since: Date): Promise<StreamedRun[]>;
  /**
   * Takes away what the person is found by, of all that is erased; where nobody else wrote, the whole thread. `not_yet`:
   * something came in between, or is still executed.
   */
  finish(thread: PersonThread, person: Person, lives: Date): Promise<'deleted' | 'erased' | 'not_yet'>;
}

/** What is erased beside threads: what names the person, or what is of some of the threads that `threadsOf` has found. */
export type ErasureSubject = {
  projectId: string;
  person: Person;
  part: { kind: 'of_person' } | { kind: 'of_threads'; threadIds: readonly string[] };
};

/** Erases what one store keeps of a person beside threads. Each store that keeps something of people has one. */
export interface PersonEraser {
  /** Names what is erased in reports, in the plural and with `_`: `memories`. */
  readonly kind: string;
  /**
   * Erases everything of the person in this part of the project, and answers how much. Repeatable: what a crash left over is
   * erased by the next call. With `dryRun` it only counts. What is of threads is asked for before they are finished.
   */
  erase(subject: ErasureSubject, options: { dryRun: boolean }): Promise<number>;
}

/** The live streams of runs, for what must not wait until they are forgotten by themselves. */
export interface RunEventEraser {
  /**
   * Of runs that have ended nothing is appended after this, whatever their workers still have in hand.
   * @throws ThreadrelayError `queue_unavailable`
   */
  forget(runs: readonly StreamedRun[]): Promise<void>;
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
