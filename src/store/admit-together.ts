import type { ClientSession, Connection } from 'mongoose';
import { originKey } from '../core/origin.ts';
import type { Admission, AdmissionResult, NewRun } from '../core/ports.ts';
import {
  type DeliveryDocument,
  type MessageDocument,
  newDeliveryDocument,
  newMessageDocument,
  newRunDocument,
  newThreadDocument,
  type OriginDocument,
  type RunDocument,
  type ThreadDocument,
  toThread,
} from './documents.ts';
import type { OriginIndex } from './threads.ts';
import { allTogether, NotTogether } from './together.ts';

/** What is told of a run that was admitted. */
export function admittedRun(run: NewRun, threadId: string) {
  return { threadId, runId: run.id, availableAt: run.availableAt, priority: run.priority };
}

/** A thread that this batch makes or writes to, as it will be after what was admitted so far. */
type Growing = { document: ThreadDocument; isNew: boolean; added: number };

type Writes = {
  origins: OriginDocument[];
  threads: Map<string, Growing>;
  messages: MessageDocument[];
  runs: RunDocument[];
  deliveries: DeliveryDocument[];
};

/**
 * Admits several messages in one transaction, in their order, also several of one thread. Null in place of those that
 * need to look at the thread's open runs, and instead of all when one hindered it: they are to be admitted alone.
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
  return new Map(documents.map((document) => [document._id, { document, isNew: false, added: 0 }] as const));
}

/** Adds to `writes` what the message makes; null, and nothing added, when it is to be admitted alone. */
function admitTo(writes: Writes, admission: Admission, growing: Growing | undefined): AdmissionResult | null {
  const { message } = admission;
  const before = growing?.document ?? newThreadDocument(admission.thread, message.createdAt);
  const document: ThreadDocument =
    growing === undefined
      ? before
      : {
          ...before,
          lastSeq: before.lastSeq + 1,
          updatedAt: message.createdAt > before.updatedAt ? message.createdAt : before.updatedAt,
        };
  const thread = toThread(document);
  const plan = admission.plan(thread, growing === undefined);
  if (plan.kind === 'run' && plan.strategy !== 'enqueue') return null;

  writes.threads.set(thread.id, {
    document,
    isNew: growing?.isNew ?? true,
    added: (growing?.added ?? 0) + 1,
  });
  if (growing === undefined && thread.origin !== null) {
    const { id: threadId, projectId, origin } = thread;
    writes.origins.push({ _id: originKey(origin), threadId, projectId, deletedAt: null });
  }
  writes.messages.push(
    newMessageDocument(message, { threadId: thread.id, seq: thread.lastSeq, runId: null }),
  );
  if (plan.kind === 'run') {
    const run = newRunDocument(plan.run, thread, message.id, null);
    writes.runs.push(run);
    const delivery =
      plan.deliver === null ? null : newDeliveryDocument(run, thread.origin, plan.deliver.replyTo);
    if (delivery !== null) writes.deliveries.push(delivery);
  }
  return {
    kind: 'admitted',
    threadId: thread.id,
    threadCreated: growing === undefined,
    messageId: message.id,
    seq: thread.lastSeq,
    run: plan.kind === 'run' ? { ...admittedRun(plan.run, thread.id), rejected: false } : null,
    cancelled: [],
  };
}

async function write(connection: Connection, writes: Writes, session: ClientSession): Promise<void> {
  const threads = [...writes.threads.values()].filter(({ added }) => added > 0);
  const made = threads.filter(({ isNew }) => isNew).map(({ document }) => document);
  const advanced = threads.filter(({ isNew }) => !isNew);
  if (writes.origins.length > 0) {
    await connection.collection<OriginDocument>('origins').insertMany(writes.origins, { session });
  }
  const stored = connection.collection<ThreadDocument>('threads');
  if (made.length > 0) await stored.insertMany(made, { session });
  if (advanced.length > 0) {
    await stored.bulkWrite(
      advanced.map(({ document, added }) => ({
        updateOne: {
          filter: { _id: document._id },
          update: { $inc: { lastSeq: added }, $max: { updatedAt: document.updatedAt } },
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
