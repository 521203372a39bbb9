import type { Delivery } from '../core/deliveries/delivery.ts';
import type { Message, NewMessage, Revision } from '../core/messages/message.ts';
import type { Origin } from '../core/origin.ts';
import type { AdmissionPlan, ApiKey, Checkpoint, KeptAnswer, RunRecord } from '../core/ports.ts';
import type { Run, RunError } from '../core/runs/run.ts';
import type { NewThread, Thread } from '../core/threads/thread.ts';

/** What is stored: the domain's objects with their id as `_id`. */
type Stored<T extends { id: string }> = Omit<T, 'id'> & { _id: string };

/** Absent in threads that were stored before programs kept state in them. */
type LaterFields = 'values' | 'openRuns' | 'lastEnd' | 'deleteAt';

export type ThreadDocument = Omit<Stored<Thread>, LaterFields> &
  Partial<Pick<Thread, LaterFields>> & {
    /** A run that takes the thread with it was admitted: its end sets `deleteAt`. */
    goesWithRun?: true;
    /** What retention has left: messages from this step on, the first of them as old as `since`. Absent before it erased any. */
    kept?: { fromSeq: number; since: Date };
    /**
     * Grows when messages of it are erased, and when a copy or a summary of them is begun: of two of these at the same moment
     * one comes second.
     */
    turns?: number;
    /** In a copy of a platform's thread: where its people are known by their ids. */
    peopleOf?: Pick<Origin, 'platform' | 'tenant'>;
  };
export type MessageDocument = Omit<Stored<Message>, 'revisions'> & {
  revisions: (Omit<Revision, 'untilSeq'> & Partial<Pick<Revision, 'untilSeq'>>)[];
  /** How often files of it were kept; absent where none were. */
  filesKept?: number;
  /** How often facts from it were remembered; absent where none were. */
  factsKept?: number;
};
export type RunDocument = Stored<Run> & {
  /** Attempts up to this one, by its fence, may have read what was erased since. */
  outdatedFence?: number;
  /** How often steps were added to its record; absent where none were. */
  recorded?: number;
};
export type DeliveryDocument = Omit<Delivery, 'runId'> & { _id: string };
/** `_id` is made of the thread's id and the step. */
export type CheckpointDocument = Checkpoint & { _id: string };
/** `_id` is the hash of the secret: what each request looks up is what no two keys have. */
export type ApiKeyDocument = Omit<ApiKey, 'id'> & { _id: string; keyId: string };
/** A request with an Idempotency-Key; `_id` is made of project and key. */
export type RequestDocument = {
  _id: string;
  /** Null where a request of this key failed and made nothing: any other may follow. */
  fingerprint: string | null;
  seed: string;
  claimedAt: Date;
  answer: KeptAnswer | null;
  expiresAt: Date;
};
/** `_id` is the origin's key. Stays when its thread is deleted, so that the origin never makes a thread again. */
export type OriginDocument = { _id: string; threadId: string; projectId: string; deletedAt: Date | null };
export type RunRecordDocument = Omit<RunRecord, 'runId'> & {
  _id: string;
  /** Of the attempts whose steps are in it. */
  fences: number[];
  /** Some step holds text that is no reference. */
  keepsText: boolean;
};
/** `_id` is a project's name; nobody carries out its retention before `dueAt`. */
export type RetentionRoundDocument = { _id: string; dueAt: Date };
/** What a message sets off, when it is a run. */
export type RunPlan = Extract<AdmissionPlan, { kind: 'run' }>;
/** `_id` names a channel of a platform. */
export type CursorDocument = { _id: string; position: string };

function withId<T extends { _id: string }>(document: T): Omit<T, '_id'> & { id: string } {
  const { _id, ...rest } = document;
  return { id: _id, ...rest };
}

export function toThread(document: ThreadDocument): Thread {
  const {
    goesWithRun: _goesWithRun,
    kept: _kept,
    turns: _turns,
    peopleOf: _peopleOf,
    values = {},
    openRuns = 0,
    lastEnd = 'idle',
    deleteAt = null,
    ...rest
  } = document;
  return { ...withId(rest), values, openRuns, lastEnd, deleteAt };
}

export function toMessage({
  filesKept: _filesKept,
  factsKept: _factsKept,
  ...document
}: MessageDocument): Message {
  const message = withId(document);
  // Edits were no steps once: what such a message said before is in no state of its thread.
  const revisions = message.revisions.map((revision) => ({ ...revision, untilSeq: revision.untilSeq ?? 0 }));
  return { ...message, revisions };
}

export function toRun({ outdatedFence: _outdatedFence, recorded: _recorded, ...document }: RunDocument): Run {
  return withId(document);
}

export function toCheckpoint({ _id, ...checkpoint }: CheckpointDocument): Checkpoint {
  return checkpoint;
}

export function toDelivery(document: DeliveryDocument): Delivery {
  const { _id, ...rest } = document;
  return { runId: _id, ...rest };
}

/** A message as it is first stored. */
export function newMessageDocument(
  message: NewMessage,
  place: { threadId: string; seq: number; runId: string | null },
): MessageDocument {
  return {
    _id: message.id,
    ...place,
    role: message.role,
    text: message.text,
    author: message.author ?? null,
    ...(message.deniedBy === undefined ? {} : { deniedBy: message.deniedBy }),
    attachments: message.attachments ?? [],
    toolCalls: message.toolCalls ?? [],
    toolCallId: message.toolCallId ?? null,
    sourceId: message.sourceId ?? null,
    revisions: [],
    redactedAt: null,
    createdAt: message.createdAt,
  };
}

/** A thread as it is first stored, after `lastSeq` steps. */
export function newThreadDocument(
  { id, deleteAt = null, ...thread }: NewThread,
  lastSeq: number,
  createdAt: Date,
): ThreadDocument {
  return {
    _id: id,
    ...thread,
    closed: null,
    lastSeq,
    values: {},
    openRuns: 0,
    lastEnd: 'idle',
    deleteAt,
    createdAt,
    updatedAt: createdAt,
  };
}

export function newCheckpointDocument(checkpoint: Checkpoint): CheckpointDocument {
  return { _id: `${checkpoint.threadId}:${checkpoint.seq}`, ...checkpoint };
}

/** A run as it is first stored: queued, or with a `rejection`, ended as failed. */
export function newRunDocument(
  { run, strategy }: RunPlan,
  thread: Pick<Thread, 'id' | 'projectId' | 'lastSeq'>,
  messageIds: string[],
  rejection: RunError | null,
): RunDocument {
  return {
    _id: run.id,
    threadId: thread.id,
    projectId: thread.projectId,
    assistantId: run.assistantId,
    ordinal: thread.lastSeq,
    triggerMessageIds: messageIds,
    idempotencyKey: run.idempotencyKey,
    status: rejection === null ? 'queued' : 'failed',
    priority: run.priority,
    attempt: 0,
    fence: 0,
    workerId: null,
    heartbeatAt: null,
    availableAt: run.availableAt,
    cancel: null,
    workflow: null,
    route: null,
    error: rejection,
    usage: null,
    messageIds: [],
    metadata: run.metadata,
    ...(run.kwargs === undefined ? {} : { kwargs: run.kwargs, multitask: strategy }),
    ...(run.onCompletion === undefined ? {} : { onCompletion: run.onCompletion }),
    ...(run.traceparent === undefined ? {} : { traceparent: run.traceparent }),
    createdAt: run.createdAt,
    startedAt: null,
    endedAt: rejection === null ? null : run.createdAt,
  };
}

/** The delivery of a run's answer to where its thread is; null for a thread without an origin. */
export function newDeliveryDocument(
  run: Pick<RunDocument, '_id' | 'threadId' | 'ordinal' | 'status' | 'createdAt' | 'traceparent'>,
  origin: Origin | null,
  replyTo: string | null,
): DeliveryDocument | null {
  if (origin === null) return null;
  return {
    _id: run._id,
    threadId: run.threadId,
    origin,
    replyTo,
    // A refusal is told at once; an answer waits for those before it.
    ordinal: run.status === 'queued' ? run.ordinal : 0,
    status: 'pending',
    parts: [],
    fence: 0,
    workerId: null,
    // Free to be claimed from now on, and swept in the order of age.
    leaseUntil: run.createdAt,
    reason: null,
    edits: 0,
    runEndedAt: null,
    finalAt: null,
    ...(run.traceparent === undefined ? {} : { traceparent: run.traceparent }),
    createdAt: run.createdAt,
  };
}
