import type { ClientSession, Connection } from 'mongoose';
import { originKey } from '../core/origin.ts';
import type { Admission, AdmissionResult } from '../core/ports.ts';
import { admittedRun, messageDocuments, newThreadWith, planFor, stepsOf, timeOf } from './admit-alone.ts';
import { requireStorableMessages } from './data-faults.ts';
import {
  type DeliveryDocument,
  type MessageDocument,
  newDeliveryDocument,
  newRunDocument,
  type OriginDocument,
  type RunDocument,
  type ThreadDocument,
  toThread,
} from './documents.ts';
import type { OriginIndex } from './threads.ts';
import { allTogether, NotTogether } from './together.ts';

/** A thread that this batch makes or writes to, as it will be after what was admitted so far. */
type Growing = { document: ThreadDocument; isNew: boolean; steps: number; runs: number };

type Writes = {
  origins: OriginDocument[];
  threads: Map<string, Growing>;
  messages: MessageDocument[];
  runs: RunDocument[];
  deliveries: DeliveryDocument[];
};

/**
 * Admits several messages in one transaction, in their order, also several of one thread. Null in place of those that
 * need to look at the thread's open runs or are refused theirs, and instead of all when one hindered it: they are to be admitted alone.
 */
export async function admitTogether(
  connection: Connection,
  origins: OriginIndex,
  admissions: readonly Admission[],
): Promise<(AdmissionResult | null)[] | null> {
  const located = await Promise.all(
    admissions.map(async ({ thread }) => (thread.origin === null ? null : origins.lookUp(thread.origin))),
  );
  if (located.some((known) => known?.deleted === true)) return null;
  return allTogether(connection, async (session) => {
    const ids = admissions.flatMap(({ thread }, index) => {
      if (thread.origin === null) return [thread.id];
      return located[index]?.threadId ?? [];
    });
    const writes: Writes = {
      origins: [],
      threads: await readThreads(connection, ids, session),
      messages: [],
      runs: [],
      deliveries: [],
    };
    const made = new Map<string, string>();
    const results = admissions.map((admission, index) => {
      const key = admission.thread.origin === null ? null : originKey(admission.thread.origin);
      const known = located[index]?.threadId ?? (key === null ? undefined : made.get(key));
      const growing = writes.threads.get(known ?? admission.thread.id);
      if (known !== undefined && growing === undefined) throw new NotTogether();
      const result = admitTo(writes, admission, growing);
      if (result?.kind === 'admitted' && result.threadCreated && key !== null) made.set(key, result.threadId);
      return result;
    });
    await write(connection, writes, session);
    return results;
  });
}

async function readThreads(connection: Connection, ids: string[], session: ClientSession) {
  if (ids.length === 0) return new Map<string, Growing>();
  const documents = await connection
    .collection<ThreadDocument>('threads')
    .find({ _id: { $in: ids } }, { session })
    .toArray();
  return new Map(
    documents.map((document) => [document._id, { document, isNew: false, steps: 0, runs: 0 }] as const),
  );
}

/** Adds to `writes` what the messages make; null, and nothing added, when they are to be admitted alone. */
function admitTo(writes: Writes, admission: Admission, growing: Growing | undefined): AdmissionResult | null {
  if (!mayGoTo(admission, growing)) {
    return { kind: 'refused', reason: 'thread_unknown' };
  }
  requireStorableMessages(admission.messages);
  const { document, plan } = growing === undefined ? newThreadWith(admission) : grown(admission, growing);
  // In a new thread there are no open runs that a strategy would look at.
  if (plan.kind === 'run' && plan.strategy !== 'enqueue' && growing !== undefined) return null;
  if (plan.kind === 'run' && plan.rejection !== undefined) return null;

  const thread = toThread(document);
  writes.threads.set(thread.id, {
    document,
    isNew: growing?.isNew ?? true,
    steps: (growing?.steps ?? 0) + stepsOf(admission),
    runs: (growing?.runs ?? 0) + (plan.kind === 'run' ? 1 : 0),
  });
  if (growing === undefined && thread.origin !== null) {
    const { id: threadId, projectId, origin } = thread;
    writes.origins.push({ _id: originKey(origin), threadId, projectId, deletedAt: null });
  }
  const messages = messageDocuments(admission, thread.id, thread.lastSeq);
  writes.messages.push(...messages);
  if (plan.kind === 'run') {
    const ids = messages.map(({ _id }) => _id);
    const run = newRunDocument(plan, thread, ids, null);
    writes.runs.push(run);
    const delivery =
      plan.deliver === null ? null : newDeliveryDocument(run, thread.origin, plan.deliver.replyTo);
    if (delivery !== null) writes.deliveries.push(delivery);
  }
  return {
    kind: 'admitted',
    threadId: thread.id,
    threadCreated: growing === undefined,
    messageId: messages[0]?._id ?? (plan.kind === 'run' ? plan.run.id : thread.id),
    seq: thread.lastSeq,
    run: plan.kind === 'run' ? { ...admittedRun(plan, thread.id), rejected: false } : null,
    cancelled: [],
  };
}

/** Whether the thread may be made, and one that is named by its id is of the project. */
function mayGoTo({ thread, onlyExisting }: Admission, growing: Growing | undefined): boolean {
  if (growing === undefined) return onlyExisting !== true;
  return thread.origin !== null || growing.document.projectId === thread.projectId;
}

/** The thread as the messages leave it, and what they set off. */
function grown(admission: Admission, { document: before }: Growing) {
  const at = timeOf(admission);
  const advanced: ThreadDocument = {
    ...before,
    lastSeq: before.lastSeq + stepsOf(admission),
    updatedAt: at > before.updatedAt ? at : before.updatedAt,
  };
  const plan = planFor(admission, advanced, false);
  if (plan.kind !== 'run') return { document: advanced, plan };
  const goes = plan.run.onCompletion === 'delete' ? { goesWithRun: true as const } : {};
  return { document: { ...advanced, openRuns: (before.openRuns ?? 0) + 1, ...goes }, plan };
}

async function write(connection: Connection, writes: Writes, session: ClientSession): Promise<void> {
  const threads = [...writes.threads.values()].filter(({ steps }) => steps > 0);
  const made = threads.filter(({ isNew }) => isNew).map(({ document }) => document);
  const advanced = threads.filter(({ isNew }) => !isNew);
  if (writes.origins.length > 0) {
    await connection.collection<OriginDocument>('origins').insertMany(writes.origins, { session });
  }
  const stored = connection.collection<ThreadDocument>('threads');
  if (made.length > 0) await stored.insertMany(made, { session });
  if (advanced.length > 0) {
    await stored.bulkWrite(
      advanced.map(({ document, steps, runs }) => ({
        updateOne: {
          filter: { _id: document._id },
          update: {
            $inc: { lastSeq: steps, openRuns: runs },
            $max: { updatedAt: document.updatedAt },
            ...(document.goesWithRun === true ? { $set: { goesWithRun: true as const } } : {}),
          },
        },
      })),
      { session },
    );
  }
  if (writes.messages.length > 0) {
    await connection.collection<MessageDocument>('messages').insertMany(writes.messages, { session });
  }
  if (writes.runs.length > 0) {
    await connection.collection<RunDocument>('runs').insertMany(writes.runs, { session });
  }
  if (writes.deliveries.length > 0) {
    await connection.collection<DeliveryDocument>('deliveries').insertMany(writes.deliveries, { session });
  }
}
