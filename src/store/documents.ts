import type { Delivery } from '../core/deliveries/delivery.ts';
import type { Message, NewMessage } from '../core/messages/message.ts';
import type { Origin } from '../core/origin.ts';
import type { NewRun } from '../core/ports.ts';
import type { Run, RunError } from '../core/runs/run.ts';
import type { NewThread, Thread } from '../core/threads/thread.ts';

/** What is stored: the domain's objects with their id as `_id`. */
type Stored<T extends { id: string }> = Omit<T, 'id'> & { _id: string };

export type ThreadDocument = Stored<Thread>;
export type MessageDocument = Stored<Message>;
export type RunDocument = Stored<Run>;
export type DeliveryDocument = Omit<Delivery, 'runId'> & { _id: string };
/** `_id` is the origin's key. Stays when its thread is deleted, so that the origin never makes a thread again. */
export type OriginDocument = { _id: string; threadId: string; projectId: string; deletedAt: Date | null };
/** `_id` names a channel of a platform. */
export type CursorDocument = { _id: string; position: string };

function withId<T extends { _id: string }>(document: T): Omit<T, '_id'> & { id: string } {
  const { _id, ...rest } = document;
  return { id: _id, ...rest };
}

export function toThread(document: ThreadDocument): Thread {
  return withId(document);
}

export function toMessage(document: MessageDocument): Message {
  return withId(document);
}

export function toRun(document: RunDocument): Run {
  return withId(document);
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
    attachments: message.attachments ?? [],
    toolCalls: message.toolCalls ?? [],
    toolCallId: message.toolCallId ?? null,
    sourceId: message.sourceId ?? null,
    revisions: [],
    redactedAt: null,
    createdAt: message.createdAt,
  };
}

/** A thread as it is stored with its first message. */
export function newThreadDocument({ id, ...thread }: NewThread, createdAt: Date): ThreadDocument {
  return { _id: id, ...thread, closed: null, lastSeq: 1, createdAt, updatedAt: createdAt };
}

/** A run as it is first stored: queued, or with a `rejection`, ended as failed. */
export function newRunDocument(
  run: NewRun,
  thread: Pick<Thread, 'id' | 'projectId' | 'lastSeq'>,
  messageId: string,
  rejection: RunError | null,
): RunDocument {
  return {
    _id: run.id,
    threadId: thread.id,
    projectId: thread.projectId,
    assistantId: run.assistantId,
    ordinal: thread.lastSeq,
    triggerMessageIds: [messageId],
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
