import { ThreadrelayError } from '../core/errors.ts';
import type { ThreadDirectory, ThreadOrder, ThreadPosition } from '../core/ports.ts';
import type { Thread } from '../core/threads/thread.ts';
import { copyFiles } from './copy-files.ts';
import { type CopyIds, copyThread } from './copy-thread.ts';
import { requireKeyed, requireShort } from './data-faults.ts';
import type { Database } from './database.ts';
import { newThreadDocument, type ThreadDocument, toThread } from './documents.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { createThreadInserter } from './insert-threads.ts';
import { NEVER_BEFORE } from './models.ts';
import { STATUS_OF_THREAD, threadQuery } from './thread-filter.ts';
import { metadataUpdate } from './threads.ts';

const FIELDS = { id: '_id', createdAt: 'createdAt', updatedAt: 'updatedAt', status: 'status' } as const;

export function createThreadDirectory({ connection }: Database): ThreadDirectory {
  const threads = connection.collection<ThreadDocument>('threads');
  const insert = createThreadInserter(connection);

  async function find(projectId: string, threadId: string): Promise<Thread | null> {
    const document = await threads.findOne({ _id: threadId, projectId });
    return document === null ? null : toThread(document);
  }

  async function copyOnce(
    projectId: string,
    threadId: string,
    ids: CopyIds,
    at: Date,
  ): Promise<Thread | null> {
    try {
      return await connection.transaction(async (session) => {
        // An erasure or deletion at the same time conflicts with its turn, and one of both comes second.
        const turn = { $inc: { turns: 1 } };
        const thread = await threads.findOneAndUpdate({ _id: threadId, projectId }, turn, { session });
        return thread === null ? null : toThread(await copyThread(connection, thread, ids, at, session));
      });
    } catch (thrown) {
      if (!isDuplicateKey(thrown)) throw thrown;
      // An earlier try of the same request made it.
      const made = await find(projectId, ids.threadId);
      if (made !== null) return made;
      throw new ThreadrelayError('conflict', 'The id of the copy is taken.', { cause: thrown });
    }
  }

  return {
    create: (thread, at) =>
      mapped(async () => {
        if (thread.origin !== null) throw new Error('a thread with an origin is made by its first message');
        requireKeyed(thread.metadata, 'metadata');
        requireShort(thread.metadata, 'metadata');
        return insert(newThreadDocument(thread, 0, at));
      }),

    find: (projectId, threadId) => mapped(() => find(projectId, threadId)),

    page: (filter, after, limit) =>
      mapped(async () => {
        const query = threadQuery(filter);
        const documents = await threads
          .find(after === null ? query : { $and: [query, behind(after)] })
          .sort({ updatedAt: -1, _id: -1 })
          .limit(limit)
          .toArray();
        return documents.map(toThread);
      }),

    search: (filter, { order, limit, offset }) =>
      mapped(async () => {
        const documents = await threads
          .aggregate<ThreadDocument>([
            { $match: threadQuery(filter) },
            ...(order.by === 'status' ? [{ $set: { status: STATUS_OF_THREAD } }] : []),
            { $sort: sortOf(order) },
            ...(offset === 0 ? [] : [{ $skip: offset }]),
            { $limit: limit },
            ...(order.by === 'status' ? [{ $unset: 'status' }] : []),
          ])
          .toArray();
        return documents.map(toThread);
      }),

    count: (filter) => mapped(() => threads.countDocuments(threadQuery(filter))),

    update: (projectId, threadId, { metadata = {}, ...changes }, at) =>
      mapped(async () => {
        requireKeyed(metadata, 'metadata');
        const { $set, $unset } = metadataUpdate(metadata);
        const update = { $set: { ...$set, ...changes }, $unset, $max: { updatedAt: at } };
        // What the merge makes of the metadata is known only after it.
        return connection.transaction(async (session) => {
          const document = await threads.findOneAndUpdate({ _id: threadId, projectId }, update, {
            session,
            returnDocument: 'after',
          });
          if (document === null) return null;
          requireShort(document.metadata, 'metadata');
          return toThread(document);
        });
      }),

    copy: (projectId, threadId, ids, at) =>
      mapped(async () => {
        const copy = await copyOnce(projectId, threadId, ids, at);
        if (copy !== null) await copyFiles(connection, threadId, copy.id, ids.newFileId);
        return copy;
      }),

    expired: (now, limit) =>
      mapped(async () => {
        const documents = await threads
          .find({ deleteAt: { $gt: NEVER_BEFORE, $lte: now } }, { projection: { _id: 1 } })
          .limit(limit)
          .toArray();
        return documents.map(({ _id }) => _id);
      }),
  };
}

function behind({ updatedAt, id }: ThreadPosition) {
  return {
    updatedAt: { $lte: updatedAt },
    $or: [{ updatedAt: { $lt: updatedAt } }, { updatedAt, _id: { $lt: id } }],
  };
}

function sortOf({ by, direction }: ThreadOrder): Record<string, 1 | -1> {
  const way = direction === 'asc' ? 1 : -1;
  return { [FIELDS[by]]: way, _id: way };
}
