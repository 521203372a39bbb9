import type { Person } from '../privacy/person.ts';

/** What one thread holds of a person. */
export type PersonThread = {
  threadId: string;
  /** The person as `personKey` writes them here. */
  key: string;
  /** How their messages show them. */
  names: string[];
  /** What they wrote, and results of calls that they denied, which name them. */
  messageIds: string[];
  /** What was answered to it, which may repeat it. */
  answerIds: string[];
  /** Runs that their messages set off. */
  runs: { id: string; hasEnded: boolean }[];
  /** Runs of others whose streams may name them: those that have ended, and those that they decided something in. */
  otherRunIds: string[];
  /** Calls of tools that they approved or denied. */
  decisions: number;
  files: number;
  /** Nobody else wrote in it. */
  isTheirs: boolean;
};

/** What tells of a person in text. */
export type PersonTraces = { id: string; names: readonly string[] };

/** What threads hold of people. */
export interface PersonThreadStore {
  /** All threads of the project that a person wrote in, or decided something in. Reads the whole project, in batches. */
  threadsOf(projectId: string, person: Person): AsyncIterable<PersonThread>;
  /**
   * Erases from a thread what the person wrote and was answered, and takes their id and names out of the rest of it. Repeatable.
   */
  eraseFrom(thread: PersonThread, traces: PersonTraces, at: Date): Promise<void>;
}

/** Who is erased from what: one project, after their threads. */
export type ErasureSubject = {
  projectId: string;
  /** All forms in which `personKey` writes them. */
  keys: readonly string[];
  messageIds: ReadonlySet<string>;
  threadIds: ReadonlySet<string>;
};

/** Erases what one store keeps of a person beside threads. Each store that keeps something of people has one. */
export interface PersonEraser {
  /** Names what is erased in reports, in the plural and with `_`: `memories`. */
  readonly kind: string;
  /**
   * Erases everything of the person in the project, and answers how much. Repeatable: what a crash left over is erased by the
   * next call. With `dryRun` it only counts.
   */
  erase(subject: ErasureSubject, options: { dryRun: boolean }): Promise<number>;
}

/** The live streams of runs, for what must not wait until they are forgotten by themselves. */
export interface RunEventEraser {
  /** @throws ThreadrelayError `queue_unavailable` */
  forget(runIds: readonly string[]): Promise<void>;
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
