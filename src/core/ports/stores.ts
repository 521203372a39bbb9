import type { Origin } from '../origin.ts';
import type { Message, NewMessage } from '../messages/message.ts';
import type { Delivery, DeliveryLease, DeliveryPart } from '../deliveries/delivery.ts';
import type {
  CancelAction,
  MultitaskStrategy,
  RouteRecord,
  Run,
  RunError,
  RunLease,
  RunRef,
} from '../runs/run.ts';
import type { RunStatus } from '../runs/run-lifecycle.ts';
import type { Metadata, NewThread, Thread } from '../threads/thread.ts';
import type { RunUsage } from '../usage/usage.ts';

export type NewRun = {
  id: string;
  idempotencyKey: string;
  assistantId: string;
  priority: number;
  createdAt: Date;
  availableAt: Date;
  metadata: Metadata;
  kwargs?: Metadata;
  /** `delete`: the thread is deleted for good some time after the run has ended (LIMITS.afterlifeMs). */
  onCompletion?: 'keep' | 'delete';
  /** Kept by the run and its delivery, so that whoever takes them up continues the trace. */
  traceparent?: string | undefined;
};

/** Decided by core once the thread is known: what the message sets off. */
export type AdmissionPlan =
  | { kind: 'message_only' }
  | {
      kind: 'run';
      run: NewRun;
      strategy: MultitaskStrategy;
      deliver: { replyTo: string | null } | null;
      /** Given where the run is not executed but ends at once with this, and touches no other. */
      rejection?: RunError;
    };

export type Admission = {
  /** Makes the thread when its origin (or, without one, its id) is not known yet. */
  thread: NewThread;
  /** True where a thread that is not there (any more) is not to be made: then it is refused. */
  onlyExisting?: boolean;
  /**
   * Appended in this order. None: the run continues from what is there, and takes one step of the thread for itself. Of
   * several, the first's `sourceId` (or id) tells whether all of them are known.
   */
  messages: readonly NewMessage[];
  /** Called once the thread is known, maybe several times; must be pure. */
  plan: (thread: Thread, isNew: boolean) => AdmissionPlan;
};

export type AdmissionResult =
  | {
      kind: 'admitted';
      threadId: string;
      threadCreated: boolean;
      /** Of the first message; that of the run where there is none. */
      messageId: string;
      /** Of the last message; without one, the step that the run took. */
      seq: number;
      run: (RunRef & { availableAt: Date; priority: number; rejected: boolean }) | null;
      /** Running runs that `interrupt` or `rollback` asked to stop. */
      cancelled: (RunRef & { action: CancelAction })[];
    }
  | { kind: 'duplicate'; threadId: string; messageId: string; run: RunRef | null }
  /** `thread_unknown`: there is none and none is to be made, or it is another project's. */
  | { kind: 'refused'; reason: 'thread_deleted' | 'thread_unknown' };

export interface InboxStore {
  /**
   * Persists thread, message, run and delivery in one transaction with majority write concern, or nothing of them. One
   * origin makes one thread, one `sourceId` one message, one idempotency key one run, however many processes race.
   * @throws ThreadrelayError `conflict` when a message but not the first of its admission is known already, `invalid_input`
   * for a value that cannot be stored
   */
  admit(admission: Admission): Promise<AdmissionResult>;
}

export interface ThreadStore {
  find(threadId: string): Promise<Thread | null>;
  findByOrigin(origin: Origin): Promise<Thread | null>;
  /** Cheap: may answer from memory. `deleted` means that the thread was deleted and stays so. */
  isKnown(origin: Origin): Promise<'known' | 'unknown' | 'deleted'>;
  /** Threads of a platform touched since, newest first: what a backfill must look through. */
  recentByPlatform(platform: Origin['platform'], since: Date, limit: number): Promise<Thread[]>;
  /** Shallow merge; null removes a key. For authorised callers only. */
  setMetadata(threadId: string, changes: Metadata, name?: string): Promise<void>;
  close(threadId: string, reason: string, at: Date): Promise<void>;
  /**
   * Removes thread, messages, checkpoints, runs and deliveries for good; its origin never makes a thread again. With
   * `onlyExpired` only if its `deleteAt` is not after that time. False when there was nothing to remove.
   */
  delete(threadId: string, onlyExpired?: Date): Promise<boolean>;
}

export interface MessageStore {
  find(threadId: string, messageId: string): Promise<Message | null>;
  /** `api:` and one of our ids means that message, as programs know it. */
  findBySource(threadId: string, sourceId: string): Promise<Message | null>;
  /** In the order of `seq`, the newest `limit`. */
  tail(threadId: string, limit: number): Promise<Message[]>;
  /** Those with a `seq` above `after` and up to `upTo`, in its order. */
  between(threadId: string, after: number, upTo: number): Promise<Message[]>;
  /** Makes a revision, which is a step of its thread. False when the message is unknown, redacted, or says this already. */
  revise(threadId: string, messageId: string, text: string, at: Date): Promise<boolean>;
  /** Erases text, revisions and attachments, and leaves the entry as a tombstone, also in what the state was before. */
  redact(threadId: string, messageIds: string[], at: Date): Promise<void>;
}

/** What an attempt leaves behind. `messages` are appended to the thread in this order. */
export type RunOutcome = {
  status: 'succeeded' | 'failed' | 'timed_out' | 'cancelled';
  messages: NewMessage[];
  error: RunError | null;
  /** Of this attempt and those before it. */
  usage: RunUsage | null;
  /** Whose totals the usage is added to, once; left out, to nobody's but the thread's. */
  spender?: { projectId: string; personId: string | null };
  /** It asked people on its way; of that only what they decided is kept. */
  asked?: true;
  /** How the attempt was routed; null when it ended before. */
  routing: { route: RouteRecord; workflow: string; assistantId: string; threadMetadata: Metadata } | null;
  endedAt: Date;
};

/** `lastSeqBefore` is the `seq` of the thread's newest message before those that the run said. */
export type SettledRun = { lastSeqBefore: number };

export type Claim =
  | { kind: 'claimed'; run: Run; thread: Thread }
  | { kind: 'later'; availableAt: Date }
  /** Another worker runs a run of this thread, and lives. */
  | { kind: 'busy' }
  | { kind: 'nothing' };

/** Runs that would be on their last chance (core/runs/last-chance.ts) of `maxAttempts` are left until `until`. */
export type LastChancePostponement = { maxAttempts: number; until: Date };

export interface RunStore {
  find(ref: RunRef): Promise<Run | null>;
  listByThread(threadId: string, limit: number): Promise<Run[]>;
  /** Newest first. */
  page(
    threadId: string,
    page: { limit: number; offset: number; status?: readonly RunStatus[] },
  ): Promise<Run[]>;
  /**
   * Takes the thread's running run whose heartbeat is older than `staleBefore`, else its first queued run, if none is
   * running, in one findOneAndUpdate: fence + 1, attempt + 1. `later` when the first queued run is not available yet.
   */
  claimNext(
    threadId: string,
    workerId: string,
    now: Date,
    staleBefore: Date,
    /** Given where a run on its last chance cannot be executed now: it stays queued, and no attempt is counted. */
    postpone?: LastChancePostponement,
  ): Promise<Claim>;
  /** Renews all runs of a worker in one round trip and tells which of them are to be cancelled. */
  heartbeat(
    workerId: string,
    leases: RunLease[],
    now: Date,
  ): Promise<{ lost: RunRef[]; cancel: (RunRef & { action: CancelAction })[] }>;
  /**
   * Ends the run, and appends its messages, in one transaction. @throws StaleAttemptError, or ThreadrelayError
   * `conflict` for the success of a run that is to be forgotten: settle it as cancelled then.
   */
  settle(lease: RunLease, outcome: RunOutcome): Promise<SettledRun>;
  /** Gives the run back to the queue, with what it has used so far. @throws StaleAttemptError */
  release(
    lease: RunLease,
    availableAt: Date,
    countsAsAttempt: boolean,
    usage?: RunUsage | null,
  ): Promise<void>;
  /**
   * Keeps how the attempt was routed: later attempts of the run take the same way, whatever became of what routes look at.
   * @throws StaleAttemptError
   */
  keepRoute(lease: RunLease, routed: Pick<Run, 'route' | 'workflow' | 'assistantId'>): Promise<void>;
  /** A queued run is cancelled at once; a running one is marked. `unknown` also when it has ended. */
  requestCancel(ref: RunRef, action: CancelAction, now: Date): Promise<'cancelled' | 'requested' | 'unknown'>;
  /** Runs of the thread that wait for, or answer, this message. */
  openByTrigger(threadId: string, messageId: string): Promise<Run[]>;
  /** Ids of those that are there, have not ended and do not wait for people, in one round trip. */
  underWayAmong(refs: readonly RunRef[], now: Date): Promise<string[]>;
  /** Ids of threads with queued runs available before `before`, or running ones with a heartbeat before `staleBefore`. */
  overdueThreads(before: Date, staleBefore: Date, limit: number): Promise<string[]>;
}

export interface DeliveryStore {
  find(ref: RunRef): Promise<Delivery | null>;
  /** Takes an open delivery whose lease has run out. `held` tells when another's lease ends. */
  claim(
    ref: RunRef,
    workerId: string,
    now: Date,
    leaseUntil: Date,
    runHasEnded: boolean,
  ): Promise<{ kind: 'claimed'; delivery: Delivery } | { kind: 'held'; until: Date } | { kind: 'closed' }>;
  /** Whether an earlier answer of the thread is still on its way to the platform. */
  hasEarlierOpen(threadId: string, ordinal: number): Promise<boolean>;
  /** Renews all of a worker's leases in one round trip; answers those that were lost. */
  renew(workerId: string, leases: DeliveryLease[], leaseUntil: Date): Promise<RunRef[]>;
  /** @throws StaleAttemptError */
  savePart(lease: DeliveryLease, part: DeliveryPart): Promise<void>;
  /** @throws StaleAttemptError */
  finish(
    lease: DeliveryLease,
    end: {
      status: 'done' | 'failed';
      reason: string | null;
      edits: number;
      runEndedAt: Date;
      finalAt: Date;
      parts: DeliveryPart[];
    },
  ): Promise<void>;
  /** Gives the lease back, so that another process continues at once. */
  release(lease: DeliveryLease): Promise<void>;
  /**
   * Deliveries that were begun and whose lease ran out before `now`, and those made before `pendingBefore` that nobody
   * began though their run has started.
   */
  overdue(now: Date, pendingBefore: Date, limit: number): Promise<RunRef[]>;
  /** The delivery that owns a platform message. */
  findByPlatformMessage(threadId: string, messageId: string): Promise<Delivery | null>;
}

/** How far a platform's channel has been read; behind is harmless, ahead loses messages. */
export interface CursorStore {
  load(keys: string[]): Promise<Map<string, string>>;
  /** Keeps the greater of stored and given position by the order of `compare`-able strings (fixed-width ids). */
  save(positions: Map<string, string>): Promise<void>;
}
