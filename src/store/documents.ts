import type { Delivery } from '../core/deliveries/delivery.ts';
import type { Message, NewMessage } from '../core/messages/message.ts';
import type { Run } from '../core/runs/run.ts';
import type { Thread } from '../core/threads/thread.ts';

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
