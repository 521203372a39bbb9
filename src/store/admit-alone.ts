import type { ClientSession } from 'mongoose';
import { originKey } from '../core/origin.ts';
import type { Admission, AdmissionPlan, AdmissionResult } from '../core/ports.ts';
import { requireDistinct, requireStorableMessages, requireStorablePlan } from './data-faults.ts';
import type { Database } from './database.ts';
import {
  type MessageDocument,
  newDeliveryDocument,
  newMessageDocument,
  newRunDocument,
  newThreadDocument,
  type RunPlan,
  type ThreadDocument,
  toThread,
} from './documents.ts';
import { isDuplicateKey } from './foreign-errors.ts';
import { insertOne } from './insert-one.ts';
import { KnownMessage, KnownRun } from './known-already.ts';
import { applyStrategy } from './multitask.ts';

/** Signals that the thread vanished under the transaction; the caller looks again. */
export class ThreadChanged extends Error {}

/** The thread of an admission as its messages leave it, and what they set off. */
type Admitted = { document: ThreadDocument; isNew: boolean; plan: AdmissionPlan };

type Effect = Pick<Extract<AdmissionResult, { kind: 'admitted' }>, 'run' | 'cancelled'>;

/** Each message takes a step of its thread, and a run without one takes one for itself. */
export function stepsOf({ messages }: Admission): number {
  return Math.max(1, messages.length);
}

export function timeOf({ messages }: Admission): Date {
  return messages.at(-1)?.createdAt ?? new Date();
}

/** The documents of an admission's messages in a thread that they have brought to `lastSeq`. */
export function messageDocuments(
  { messages }: Admission,
  threadId: string,
  lastSeq: number,
): MessageDocument[] {
  const before = lastSeq - messages.length;
  return messages.map((message, index) =>
    newMessageDocument(message, { threadId, seq: before + 1 + index, runId: null }),
  );
}

/** What is told of a run that was admitted. */
export function admittedRun({ run }: RunPlan, threadId: string) {
  return { threadId, runId: run.id, availableAt: run.availableAt, priority: run.priority };
}

/**
 * Admits messages to a thread that is there or is not, in one transaction. @throws KnownMessage or KnownRun for what is
 * there already, ThreadChanged when the thread is not as `threadId` says, which is null for one that is to be made
 */
export async function admitAlone(
  database: Database,
  admission: Admission,
  threadId: string | null,
): Promise<AdmissionResult> {
  const { models, connection } = database;
  requireStorableMessages(admission.messages);
  requireDistinct(admission.messages);
  return connection.transaction(async (session): Promise<AdmissionResult> => {
    const admitted =
      threadId === null
        ? await createThread(database, admission, session)
        : await advanceThread(database, admission, threadId, session);
    const thread = toThread(admitted.document);
    const messages = messageDocuments(admission, thread.id, thread.lastSeq);
    await insertMessages(messages, session);
    const { run, cancelled } = await admitRun(admitted, messages, session);
    return {
      kind: 'admitted',
      threadId: thread.id,
      threadCreated: admitted.isNew,
      messageId: messages[0]?._id ?? run?.runId ?? thread.id,
      seq: thread.lastSeq,
      run,
      cancelled,
    };
  });

  async function insertMessages(documents: MessageDocument[], session: ClientSession): Promise<void> {
    if (documents.length === 0) return;
    try {
      await connection.collection<MessageDocument>('messages').insertMany(documents, { session });
    } catch (thrown) {
      throw isDuplicateKey(thrown) ? new KnownMessage() : thrown;
    }
  }

  async function admitRun(
    { plan, document, isNew }: Admitted,
    messages: MessageDocument[],
    session: ClientSession,
  ): Promise<Effect> {
    const thread = toThread(document);
    /** An existing thread was told of an open run before it was known whether there would be one. */
    const correctThread = async (update: Record<string, unknown>) => {
      if (!isNew) await models.threads.updateOne({ _id: thread.id }, update, { session });
    };
    const noRun = { $inc: { openRuns: -1 } };
    if (plan.kind !== 'run') {
      await correctThread(noRun);
      return { run: null, cancelled: [] };
    }
    const ids = messages.map(({ _id }) => _id);
    const { rejection = null } = plan;
    const applied =
      isNew || rejection !== null
        ? { joined: null, rejection, cancelled: [] }
        : await applyStrategy(models, plan, thread.id, ids, session);
    if (applied.joined !== null) {
      await correctThread(noRun);
      return { run: { ...applied.joined, rejected: false }, cancelled: [] };
    }
    if (applied.rejection !== null) await correctThread(noRun);
    else if (plan.run.onCompletion === 'delete') await correctThread({ $set: { goesWithRun: true } });
    const run = newRunDocument(plan, thread, ids, applied.rejection);
    try {
      await insertOne(connection, 'runs', run, session);
    } catch (thrown) {
      throw isDuplicateKey(thrown) ? new KnownRun(plan.run) : thrown;
    }
    const { deliver } = plan;
    const delivery = deliver === null ? null : newDeliveryDocument(run, thread.origin, deliver.replyTo);
    if (delivery !== null) await insertOne(connection, 'deliveries', delivery, session);
    return {
      run: { ...admittedRun(plan, thread.id), rejected: applied.rejection !== null },
      cancelled: applied.cancelled,
    };
  }
}

/** A new thread's document with what is to be run on it. */
export function newThreadWith(admission: Admission): Admitted {
  const document = newThreadDocument(admission.thread, stepsOf(admission), timeOf(admission));
  const plan = planFor(admission, document, true);
  if (plan.kind !== 'run' || plan.rejection !== undefined) return { document, isNew: true, plan };
  const goes = plan.run.onCompletion === 'delete' ? { goesWithRun: true as const } : {};
  return { document: { ...document, openRuns: 1, ...goes }, isNew: true, plan };
}

/** Asks core what the messages set off. @throws ThreadrelayError `invalid_input` for what cannot be stored */
export function planFor(admission: Admission, document: ThreadDocument, isNew: boolean): AdmissionPlan {
  const plan = admission.plan(toThread(document), isNew);
  requireStorablePlan(plan);
  return plan;
}

async function createThread(
  { connection }: Database,
  admission: Admission,
  session: ClientSession,
): Promise<Admitted> {
  const { id, origin, projectId } = admission.thread;
  const admitted = newThreadWith(admission);
  if (origin !== null) {
    const mapping = { _id: originKey(origin), threadId: id, projectId, deletedAt: null };
    await insertOne(connection, 'origins', mapping, session);
  }
  await insertOne(connection, 'threads', admitted.document, session);
  return admitted;
}

async function advanceThread(
  { models }: Database,
  admission: Admission,
  threadId: string,
  session: ClientSession,
): Promise<Admitted> {
  // Most messages set off a run, so it is counted in the same write; `admitRun` takes it back where none is made.
  const document = await models.threads
    .findOneAndUpdate(
      { _id: threadId },
      { $inc: { lastSeq: stepsOf(admission), openRuns: 1 }, $max: { updatedAt: timeOf(admission) } },
      { session, returnDocument: 'after' },
    )
    .lean();
  if (document === null) throw new ThreadChanged();
  const before = { ...document, openRuns: (document.openRuns ?? 1) - 1 };
  return { document: before, isNew: false, plan: planFor(admission, before, false) };
}
