/** What the domain asks of the world. Stores, queue, adapters and models implement these; workers and core call them. */
import type { Origin } from './origin.ts';
import type { Attachment, Author, Message, NewMessage, ToolCall } from './messages/message.ts';
import type { Delivery, DeliveryLease, DeliveryPart } from './deliveries/delivery.ts';
import type { PositionedRunEvent, RunEvent, RunEventId } from './runs/run-event.ts';
import type {
  CancelAction,
  MultitaskStrategy,
  RouteRecord,
  Run,
  RunError,
  RunLease,
  RunRef,
  TokenUsage,
} from './runs/run.ts';
import type { Metadata, NewThread, Thread } from './threads/thread.ts';

// --- stores ---------------------------------------------------------------------------------------------------------

export type NewRun = {
  id: string;
  idempotencyKey: string;
  assistantId: string;
  priority: number;
  createdAt: Date;
  availableAt: Date;
  metadata: Metadata;
};

/** Decided by core once the thread is known: what the message sets off. */
export type AdmissionPlan =
  | { kind: 'message_only' }
  | { kind: 'run'; run: NewRun; strategy: MultitaskStrategy; deliver: { replyTo: string | null } | null };

export type Admission = {
  /** Makes the thread when its origin (or, without one, its id) is not known yet. */
  thread: NewThread;
  message: NewMessage;
  /** Called once the thread is known, maybe several times; must be pure. */
  plan: (thread: Thread, isNew: boolean) => AdmissionPlan;
};

export type AdmissionResult =
  | {
      kind: 'admitted';
      threadId: string;
      threadCreated: boolean;
      messageId: string;
      seq: number;
      run: (RunRef & { availableAt: Date; priority: number; rejected: boolean }) | null;
      /** Running runs that `interrupt` or `rollback` asked to stop. */
      cancelled: (RunRef & { action: CancelAction })[];
    }
  | { kind: 'duplicate'; threadId: string; messageId: string; run: RunRef | null }
  | { kind: 'refused'; reason: 'thread_deleted' };

export interface InboxStore {
  /**
   * Persists thread, message, run and delivery in one transaction with majority write concern, or nothing of them. One
   * origin makes one thread, one `sourceId` one message, one idempotency key one run, however many processes race.
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
  /** Removes thread, messages, runs and deliveries for good; its origin never makes a thread again. */
  delete(threadId: string): Promise<void>;
}

export interface MessageStore {
  find(threadId: string, messageId: string): Promise<Message | null>;
  findBySource(threadId: string, sourceId: string): Promise<Message | null>;
  /** In the order of `seq`, the newest `limit`. */
  tail(threadId: string, limit: number): Promise<Message[]>;
  /** Makes a revision. False when the message is unknown, redacted, or says this already. */
  revise(threadId: string, messageId: string, text: string, at: Date): Promise<boolean>;
  /** Erases text, revisions and attachments, and leaves the entry as a tombstone. */
  redact(threadId: string, messageIds: string[], at: Date): Promise<void>;
}

/** What an attempt leaves behind. `messages` are appended to the thread in this order. */
export type RunOutcome = {
  status: 'succeeded' | 'failed' | 'timed_out' | 'cancelled';
  messages: NewMessage[];
  error: RunError | null;
  usage: TokenUsage | null;
  /** How the attempt was routed; null when it ended before. */
  routing: { route: RouteRecord; workflow: string; assistantId: string; threadMetadata: Metadata } | null;
  endedAt: Date;
};

export type Claim =
  | { kind: 'claimed'; run: Run; thread: Thread }
  | { kind: 'later'; availableAt: Date }
  /** Another worker runs a run of this thread, and lives. */
  | { kind: 'busy' }
  | { kind: 'nothing' };

export interface RunStore {
  find(ref: RunRef): Promise<Run | null>;
  listByThread(threadId: string, limit: number): Promise<Run[]>;
  /**
   * Takes the thread's running run whose heartbeat is older than `staleBefore`, else its first queued run, if none is
   * running, in one findOneAndUpdate: fence + 1, attempt + 1. `later` when the first queued run is not available yet.
   */
  claimNext(threadId: string, workerId: string, now: Date, staleBefore: Date): Promise<Claim>;
  /** Renews all runs of a worker in one round trip and tells which of them are to be cancelled. */
  heartbeat(
    workerId: string,
    leases: RunLease[],
    now: Date,
  ): Promise<{ lost: RunRef[]; cancel: (RunRef & { action: CancelAction })[] }>;
  /** Ends the run, and appends its messages, in one transaction. @throws StaleAttemptError */
  settle(lease: RunLease, outcome: RunOutcome): Promise<void>;
  /** Gives the run back to the queue. @throws StaleAttemptError */
  release(lease: RunLease, availableAt: Date, countsAsAttempt: boolean): Promise<void>;
  /** A queued run is cancelled at once; a running one is marked. `unknown` also when it has ended. */
  requestCancel(ref: RunRef, action: CancelAction, now: Date): Promise<'cancelled' | 'requested' | 'unknown'>;
  /** Runs of the thread that wait for, or answer, this message. */
  openByTrigger(threadId: string, messageId: string): Promise<Run[]>;
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
  /** Open deliveries whose lease ran out before `now` and whose run is no longer queued. */
  overdue(now: Date, limit: number): Promise<RunRef[]>;
  /** The delivery that owns a platform message. */
  findByPlatformMessage(threadId: string, messageId: string): Promise<Delivery | null>;
}

/** How far a platform's channel has been read; behind is harmless, ahead loses messages. */
export interface CursorStore {
  load(keys: string[]): Promise<Map<string, string>>;
  /** Keeps the greater of stored and given position by the order of `compare`-able strings (fixed-width ids). */
  save(positions: Map<string, string>): Promise<void>;
}

// --- queue ----------------------------------------------------------------------------------------------------------

/** Doorbells carry no data; a lost one costs time, never a run. */
export interface Doorbells {
  /** A higher `priority` goes first; 0 is normal. */
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
  /** Lets the stream be forgotten after its time to live. */
  expire(ref: RunRef): Promise<void>;
}

/** Wakes workers that execute a run which is to be cancelled. Lossy: heartbeats find what it loses. */
export interface CancelBroadcast {
  publish(ref: RunRef & { action: CancelAction }): Promise<void>;
  subscribe(listener: (cancel: RunRef & { action: CancelAction }) => void): () => void;
}

/** One limit of a platform, shared by all processes. */
export type WriteBudget = {
  /** Names the bucket, as `slack:T1:chat.update` or `discord:C1:edit`. */
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

// --- platforms ------------------------------------------------------------------------------------------------------

/** How a write to a platform ended. */
export type WriteOutcome<T = undefined> =
  | { kind: 'done'; value: T }
  /** Surely not done, and never will be like this. `fatal` ends the delivery. */
  | { kind: 'rejected'; reason: PlatformRefusal; sentence: string }
  /** Surely not done; may be tried again after `waitMs`. */
  | { kind: 'retryable'; waitMs: number; rateLimited: boolean; sentence: string }
  /** May have been done: read back before writing again. */
  | { kind: 'ambiguous'; sentence: string };

export type PlatformRefusal =
  | 'message_gone'
  | 'thread_gone'
  | 'locked'
  | 'archived'
  | 'no_access'
  | 'bad_credentials'
  | 'too_long'
  | 'not_editable'
  | 'invalid';

/** The place of one part of an answer. */
export type PartAddress = { origin: Origin; runId: string; index: number; replyTo: string | null };

export interface TextFormat {
  /** The longest formatted text of one platform message, in UTF-16 units. */
  limit: number;
  /** Markdown of the model → what is sent: mentions neutralised, Markdown as the platform reads it. */
  format(markdown: string): string;
}

/** The writing half of an adapter: *how* to write. *When* is decided by core/pacing in the delivery worker. */
export interface PlatformWriter {
  readonly platform: Origin['platform'];
  readonly text: TextFormat;
  budgets(origin: Origin, operation: 'post' | 'edit' | 'remove'): WriteBudget[];
  post(address: PartAddress, text: string, signal: AbortSignal): Promise<WriteOutcome<{ messageId: string }>>;
  edit(address: PartAddress, messageId: string, text: string, signal: AbortSignal): Promise<WriteOutcome>;
  remove(address: PartAddress, messageId: string, signal: AbortSignal): Promise<WriteOutcome>;
  /** Reads back whether the part was posted. Never posts. */
  findPosted(address: PartAddress, signal: AbortSignal): Promise<WriteOutcome<{ messageId: string } | null>>;
}

/** An optional ability: shows that an answer is being made. Best effort; never throws. */
export interface ThinkingIndicator {
  /** Called when a delivery starts and about every `refreshMs` until the first part is posted. */
  readonly refreshMs: number;
  showThinking(origin: Origin): Promise<void>;
}

export function hasThinkingIndicator(writer: PlatformWriter): writer is PlatformWriter & ThinkingIndicator {
  return 'showThinking' in writer;
}

/** What an adapter read from its platform: facts only, no decisions. */
export type IncomingMessage = {
  origin: Origin;
  /** Id of the platform message; the same for every event that tells of it. */
  sourceId: string;
  author: Author;
  /** Plain text as typed, with mentions of the bot removed and other mentions made readable. */
  text: string;
  attachments: Attachment[];
  sentAt: Date;
  mentionsBot: boolean;
  isDirectMessage: boolean;
  /** True for the message that starts its thread (Slack: no thread_ts; Discord: a post's starter message). */
  startsThread: boolean;
  /** Name of the thread where the platform gives one (a forum post's title). */
  threadName: string | null;
  channelName: string | null;
  /** Facts of the platform for the thread's metadata (a forum's applied tags), never from message text. */
  metadata: Metadata;
};

export type IncomingEdit = { origin: Origin; sourceId: string; text: string; editedAt: Date };
export type IncomingDeletion = { origin: Origin; sourceId: string; deletedAt: Date };
export type IncomingClosure = { origin: Origin; reason: string; closedAt: Date };
export type IncomingThreadChange = { origin: Origin; name: string | null; metadata: Metadata };

export type IngestResult =
  | { kind: 'run'; threadId: string; messageId: string; runId: string }
  /** `messageId` is null where the event was about the thread as a whole. */
  | { kind: 'stored'; threadId: string; messageId: string | null }
  | { kind: 'duplicate'; threadId: string; messageId: string }
  | { kind: 'ignored'; why: string };

/**
 * The door of the house: what an adapter calls for each event. Resolves when all that the event means is persisted with
 * majority; the adapter acknowledges only then. Rejects when it could not be persisted; then it must not acknowledge.
 */
export interface Ingest {
  message(message: IncomingMessage): Promise<IngestResult>;
  edit(edit: IncomingEdit): Promise<IngestResult>;
  deletion(deletion: IncomingDeletion): Promise<IngestResult>;
  closure(closure: IncomingClosure): Promise<IngestResult>;
  threadChange(change: IncomingThreadChange): Promise<IngestResult>;
  /** A person asks to stop the thread's open runs (Slack's stop button). */
  stop(origin: Origin): Promise<IngestResult>;
}

// --- models ---------------------------------------------------------------------------------------------------------

export type ModelMessage = {
  role: Message['role'];
  text: string;
  author?: Author;
  attachments?: Attachment[];
  toolCalls?: ToolCall[];
  toolCallId?: string;
};

export type ModelRequest = {
  /** The conversation's own name; for scripts and logs, not for the prompt. */
  threadName: string | null;
  instructions: string;
  messages: ModelMessage[];
  tools: { name: string; description: string; inputSchema: Record<string, unknown> }[];
};

export type ModelEvent =
  | { type: 'text'; delta: string }
  | { type: 'tool_call'; id: string; name: string; args: Record<string, unknown> }
  | { type: 'usage'; usage: TokenUsage }
  | { type: 'finish'; reason: 'stop' | 'tool_calls' | 'length' | 'content_filter' };

export interface Model {
  /** Streams one answer. Ends early, without an error, when the signal fires. @throws ThreadrelayError `model_failed` */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
