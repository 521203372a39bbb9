import { ThreadrelayError } from '../core/errors.ts';
import { type Origin, originKey } from '../core/origin.ts';
import type { ThreadStore } from '../core/ports.ts';
import { metadataKeyFault } from '../core/threads/metadata-key.ts';
import type { Metadata, Thread } from '../core/threads/thread.ts';
import type { Database } from './database.ts';
import { type OriginDocument, type ThreadDocument, toThread } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import { createReader } from './read-together.ts';
import { createThreadRemoval } from './remove-thread.ts';

/** Origins whose thread is known never become unknown, so remembering them is safe; this bounds the memory (about 200 bytes each). */
const REMEMBERED_ORIGINS = 20_000;

export type OriginIndex = {
  lookUp(origin: Origin): Promise<{ threadId: string; deleted: boolean } | null>;
  forget(origin: Origin): void;
};

/** The mapping from origins to threads, with the positive answers remembered. */
export function createOriginIndex({ connection }: Database): OriginIndex {
  const remembered = new Map<string, string>();
  const origins = connection.collection<OriginDocument>('origins');
  const read = createReader(
    (key: string) => key,
    (keys) => origins.find({ _id: { $in: [...keys] } }).toArray(),
  );
  return {
    async lookUp(origin) {
      const key = originKey(origin);
      const threadId = remembered.get(key);
      if (threadId !== undefined) return { threadId, deleted: false };
      const document = await read(key);
      if (document === null) return null;
      if (document.deletedAt !== null) return { threadId: document.threadId, deleted: true };
      if (remembered.size >= REMEMBERED_ORIGINS) {
        const oldest = remembered.keys().next();
        if (oldest.done !== true) remembered.delete(oldest.value);
      }
      remembered.set(key, document.threadId);
      return { threadId: document.threadId, deleted: false };
    },
    forget(origin) {
      remembered.delete(originKey(origin));
    },
  };
}

/** Reads threads; those that are asked for while others are being read share one query. */
export function createThreadReader({ connection }: Database): (threadId: string) => Promise<Thread | null> {
  const threads = connection.collection<ThreadDocument>('threads');
  const read = createReader(
    (threadId: string) => threadId,
    (threadIds) => threads.find({ _id: { $in: [...threadIds] } }).toArray(),
  );
  return async (threadId) => {
    const document = await read(threadId);
    return document === null ? null : toThread(document);
  };
}

export function createThreadStore(database: Database, origins: OriginIndex): ThreadStore {
  const { models } = database;
  const remove = createThreadRemoval(database, origins);

  async function find(threadId: string): Promise<Thread | null> {
    const document = await models.threads.findById(threadId).lean();
    return document === null ? null : toThread(document);
  }

  return {
    find: (threadId) => mapped(() => find(threadId)),

    findByOrigin: (origin) =>
      mapped(async () => {
        const known = await origins.lookUp(origin);
        return known === null || known.deleted ? null : find(known.threadId);
      }),

    isKnown: (origin) =>
      mapped(async () => {
        const known = await origins.lookUp(origin);
        if (known === null) return 'unknown';
        return known.deleted ? 'deleted' : 'known';
      }),

    recentByPlatform: (platform, since, limit) =>
      mapped(async () => {
        const documents = await models.threads
          .find({ 'origin.platform': platform, updatedAt: { $gte: since } })
          .sort({ updatedAt: -1 })
          .limit(limit)
          .lean();
        return documents.map(toThread);
      }),

    setMetadata: (threadId, changes, name) =>
      mapped(async () => {
        const update = metadataUpdate(changes);
        if (name !== undefined) update.$set['name'] = name;
        if (Object.keys(update.$set).length + Object.keys(update.$unset).length === 0) return;
        await models.threads.updateOne({ _id: threadId }, update);
      }),

    close: (threadId, reason, at) =>
      mapped(async () => {
        await models.threads.updateOne({ _id: threadId, closed: null }, { $set: { closed: { reason, at } } });
      }),

    delete: (threadId, onlyExpired) =>
      mapped(() => remove(threadId, onlyExpired === undefined ? {} : { deleteAt: { $lte: onlyExpired } })),
  };
}

/** The update of a shallow merge. @throws ThreadrelayError `invalid_input` for a key that MongoDB would read as a path. */
export function metadataUpdate(changes: Metadata): {
  $set: Record<string, unknown>;
  $unset: Record<string, ''>;
} {
  const $set: Record<string, unknown> = {};
  const $unset: Record<string, ''> = {};
  for (const [key, value] of Object.entries(changes)) {
    const fault = metadataKeyFault(key);
    if (fault !== null) throw new ThreadrelayError('invalid_input', `The metadata key "${key}" ${fault}.`);
    if (value === null) $unset[`metadata.${key}`] = '';
    else $set[`metadata.${key}`] = value;
  }
  return { $set, $unset };
}
