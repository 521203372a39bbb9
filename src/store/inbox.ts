import type { ClientSession } from 'mongoose';
import { createBatcher } from '../core/batching.ts';
import { originKey } from '../core/origin.ts';
import type { Admission, AdmissionPlan, AdmissionResult, InboxStore } from '../core/ports.ts';
import type { RunRef } from '../core/runs/run.ts';
import type { Thread } from '../core/threads/thread.ts';
import { admittedRun, admitTogether } from './admit-together.ts';
import type { Database } from './database.ts';
import {
  newDeliveryDocument,
  newMessageDocument,
  newRunDocument,
  newThreadDocument,
  type ThreadDocument,
  toThread,
} from './documents.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { insertOne } from './insert-one.ts';
import { applyStrategy } from './multitask.ts';
import { MOST_TOGETHER } from './together.ts';
import type { OriginIndex } from './threads.ts';

type RunPlan = Extract<AdmissionPlan, { kind: 'run' }>;

/** Signals that the thread vanished or appeared under the transaction; the outer loop looks again. */
class ThreadChanged extends Error {}

export function createInboxStore(database: Database, origins: OriginIndex): InboxStore {
  const { models, connection } = database;

  async function locate(admission: Admission): Promise<{ threadId: string; isNew: boolean } | 'deleted'> {
    const { origin, id } = admission.thread;
    if (origin === null) {
      const exists = await models.threads.exists({ _id: id });
      return { threadId: id, isNew: exists === null };
    }
    const known = await origins.lookUp(origin);
    if (known === null) return { threadId: id, isNew: true };
    return known.deleted ? 'deleted' : { threadId: known.threadId, isNew: false };
  }

  async function createThread(admission: Admission, session: ClientSession): Promise<ThreadDocument> {
    const { id, origin, projectId } = admission.thread;
    if (origin !== null) {
      await insertOne(
        connection,
        'origins',
        { _id: originKey(origin), threadId: id, projectId, deletedAt: null },
        session,
      );
    }
    const document = newThreadDocument(admission.thread, admission.message.createdAt);
    await insertOne(connection, 'threads', document, session);
    return document;
  }

  async function advanceThread(threadId: string, at: Date, session: ClientSession): Promise<ThreadDocument> {
    const thread = await models.threads
      .findOneAndUpdate(
        { _id: threadId },
        { $inc: { lastSeq: 1 }, $max: { updatedAt: at } },
        { session, returnDocument: 'after' },
      )
      .lean();
    if (thread === null) throw new ThreadChanged();
    return thread;
  }

  async function admitOnce(admission: Admission): Promise<AdmissionResult> {
    const located = await locate(admission);
    if (located === 'deleted') return { kind: 'refused', reason: 'thread_deleted' };
    const { message } = admission;
    return connection.transaction(async (session): Promise<AdmissionResult> => {
      const document = located.isNew
        ? await createThread(admission, session)
        : await advanceThread(located.threadId, message.createdAt, session);
      const thread = toThread(document);
      await insertOne(
        connection,
        'messages',
        newMessageDocument(message, { threadId: thread.id, seq: thread.lastSeq, runId: null }),
        session,
      );
      const plan = admission.plan(thread, located.isNew);
      const effect =
        plan.kind === 'run'
          ? await admitRun(plan, thread, message.id, session)
          : { run: null, cancelled: [] };
      return {
        kind: 'admitted',
        threadId: thread.id,
        threadCreated: located.isNew,
        messageId: message.id,
        seq: thread.lastSeq,
        ...effect,
      };
    });
  }

  async function admitRun(plan: RunPlan, thread: Thread, messageId: string, session: ClientSession) {
    const applied = await applyStrategy(models, plan, thread.id, messageId, session);
    if (applied.joined !== null) return { run: { ...applied.joined, rejected: false }, cancelled: [] };
    const { run, deliver } = plan;
    const document = newRunDocument(run, thread, messageId, applied.rejection);
    await insertOne(connection, 'runs', document, session);
    const delivery = deliver === null ? null : newDeliveryDocument(document, thread.origin, deliver.replyTo);
    if (delivery !== null) await insertOne(connection, 'deliveries', delivery, session);
    return {
      run: { ...admittedRun(run, thread.id), rejected: applied.rejection !== null },
      cancelled: applied.cancelled,
    };
  }

  async function readDuplicate(admission: Admission): Promise<AdmissionResult> {
    const located = await locate(admission);
    const sourceId = admission.message.sourceId;
    if (located === 'deleted') return { kind: 'refused', reason: 'thread_deleted' };
    const existing = await models.messages
      .findOne(
        {
          threadId: located.threadId,
          ...(sourceId === undefined || sourceId === null ? { _id: admission.message.id } : { sourceId }),
        },
        { _id: 1 },
      )
      .lean();
    if (existing === null) throw new ThreadChanged();
    const run = await models.runs
      .findOne({ threadId: located.threadId, triggerMessageIds: existing._id }, { _id: 1 })
      .lean();
    const ref: RunRef | null = run === null ? null : { threadId: located.threadId, runId: run._id };
    return { kind: 'duplicate', threadId: located.threadId, messageId: existing._id, run: ref };
  }

  /** Each failed round means that another process made progress, so a handful is plenty. */
  const ROUNDS = 8;

  async function admit(admission: Admission): Promise<AdmissionResult> {
    for (let round = 1; ; round += 1) {
      try {
        return await admitOnce(admission);
      } catch (thrown) {
        if (isDuplicateKey(thrown, ['threadId', 'sourceId'])) return readDuplicate(admission);
        const another = isDuplicateKey(thrown) || thrown instanceof ThreadChanged;
        if (!another || round >= ROUNDS) throw thrown;
        if (admission.thread.origin !== null) origins.forget(admission.thread.origin);
      }
    }
  }

  const admitSoon = createBatcher<Admission, AdmissionResult>({
    maxItems: MOST_TOGETHER,
    async perform(admissions) {
      const together = admissions.length > 1 ? await admitTogether(connection, origins, admissions) : null;
      return admissions.map((admission, index) => together?.[index] ?? admit(admission));
    },
  });

  return { admit: (admission) => mapped(() => admitSoon(admission)) };
}
