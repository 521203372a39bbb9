import type { RetentionKind, RetentionRounds, RetentionTarget } from '../core/ports.ts';
import type { Database } from './database.ts';
import { createFileStore } from './files.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { createMessageRetention } from './retained-messages.ts';
import { createThreadRemoval } from './remove-thread.ts';
import type { OriginIndex } from './threads.ts';

/** Of each project the retention is carried out by whoever moves its time on. */
export function createRetentionRounds({ models }: Database): RetentionRounds {
  return {
    claim: (projectId, now, until) =>
      mapped(async () => {
        try {
          const claimed = await models.retention_rounds.updateOne(
            { _id: projectId, dueAt: { $lte: now } },
            { $set: { dueAt: until } },
            { upsert: true },
          );
          return claimed.modifiedCount + claimed.upsertedCount > 0;
        } catch (thrown) {
          if (isDuplicateKey(thrown)) return false;
          throw thrown;
        }
      }),
  };
}

/** One for each kind. */
export function createRetentionTargets(database: Database, origins: OriginIndex): readonly RetentionTarget[] {
  const { models } = database;
  const files = createFileStore(database);
  const remove = createThreadRemoval(database, origins);

  async function memoriesBefore(projectId: string, before: Date, limit: number): Promise<number> {
    const old = await models.memories
      .find({ projectId, updatedAt: { $lt: before } }, { owner: 1 })
      .sort({ updatedAt: 1 })
      .limit(limit)
      .lean();
    const filter = { owner: { $in: old.map(({ owner }) => owner) }, _id: { $in: old.map(({ _id }) => _id) } };
    await models.memories.deleteMany({ ...filter, updatedAt: { $lt: before } });
    return old.length;
  }

  async function recordsBefore(projectId: string, before: Date, limit: number): Promise<number> {
    const old = await models.run_records
      .find({ projectId, createdAt: { $lt: before } }, { threadId: 1 })
      .sort({ createdAt: 1 })
      .limit(limit)
      .lean();
    await models.run_records.deleteMany({
      threadId: { $in: old.map(({ threadId }) => threadId) },
      _id: { $in: old.map(({ _id }) => _id) },
    });
    return old.length;
  }

  const erasures: Record<RetentionKind, RetentionTarget['eraseBefore']> = {
    messages: createMessageRetention(database, remove),
    files: (projectId, before, limit) => files.deleteBefore(projectId, before, limit),
    memories: memoriesBefore,
    run_records: recordsBefore,
  };
  return (['messages', 'files', 'memories', 'run_records'] as const).map((kind) => ({
    kind,
    eraseBefore: (...asked) => mapped(() => erasures[kind](...asked)),
  }));
}
