import type { ClientSession, Connection } from 'mongoose';
import type { Origin } from '../core/origin.ts';
import type { ThreadDirectory } from '../core/ports.ts';
import {
  type CheckpointDocument,
  type MessageDocument,
  newCheckpointDocument,
  newThreadDocument,
  type ThreadDocument,
  toCheckpoint,
} from './documents.ts';

/** Documents that are held at a time. */
const BATCH = 500;

/** Where a copy goes and how what is in it is named. */
export type CopyIds = Parameters<ThreadDirectory['copy']>[2];

/**
 * Copies a thread with its messages and checkpoints, at the same steps, inside a transaction. The copy has no origin and
 * no runs, and stays: neither is it closed, nor has it a time to be deleted. Its files are copied after that.
 */
export async function copyThread(
  connection: Connection,
  thread: ThreadDocument,
  ids: CopyIds,
  at: Date,
  session: ClientSession,
): Promise<ThreadDocument> {
  const { projectId, assistantId, name, metadata, lastSeq, values = {} } = thread;
  const { threadId, newId } = ids;
  const fresh = newThreadDocument(
    { id: threadId, projectId, assistantId, name, metadata, origin: null },
    lastSeq,
    at,
  );
  // The messages are as old as they were.
  const kept = thread.kept ?? { fromSeq: 0, since: thread.createdAt };
  // Who wrote in it is known by the ids of that place.
  const peopleOf = thread.origin === null ? thread.peopleOf : placeOf(thread.origin);
  const copied: ThreadDocument = { ...fresh, values, kept, ...(peopleOf === undefined ? {} : { peopleOf }) };
  await connection.collection<ThreadDocument>('threads').insertOne(copied, { session });
  const from = { threadId: thread._id };
  await inBatches(
    connection.collection<MessageDocument>('messages').find(from, { session }),
    async (some) => {
      const messages = some.map((message) => ({ ...message, _id: newId(), threadId, runId: null }));
      await connection.collection<MessageDocument>('messages').insertMany(messages, { session });
    },
  );
  await inBatches(
    connection.collection<CheckpointDocument>('checkpoints').find(from, { session }),
    async (some) => {
      const checkpoints = some.map((each) => newCheckpointDocument({ ...toCheckpoint(each), threadId }));
      await connection.collection<CheckpointDocument>('checkpoints').insertMany(checkpoints, { session });
    },
  );
  return copied;
}

function placeOf({ platform, tenant }: Origin): Pick<Origin, 'platform' | 'tenant'> {
  return { platform, tenant };
}

async function inBatches<T>(items: AsyncIterable<T>, each: (some: T[]) => Promise<void>): Promise<void> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    await each(batch);
    batch = [];
  }
  if (batch.length > 0) await each(batch);
}
