import type { QueryFilter } from 'mongoose';
import { originKey } from '../core/origin.ts';
import type { Database } from './database.ts';
import type { ThreadDocument } from './documents.ts';
import { removeThreadFiles } from './file-removal.ts';
import type { OriginIndex } from './threads.ts';

/** Removes a thread that is as `only` says with all that belongs to it, or nothing. False when there is none. */
export type RemoveThread = (threadId: string, only?: QueryFilter<ThreadDocument>) => Promise<boolean>;

export function createThreadRemoval(
  { connection, models }: Database,
  origins: Pick<OriginIndex, 'forget'>,
): RemoveThread {
  return (threadId, only = {}) =>
    connection.transaction(async (session) => {
      const thread = await models.threads.findOneAndDelete({ ...only, _id: threadId }, { session }).lean();
      if (thread === null) return false;
      if (thread.origin !== null) {
        await models.origins.updateOne(
          { _id: originKey(thread.origin) },
          { $set: { deletedAt: new Date() } },
          { session },
        );
        origins.forget(thread.origin);
      }
      await models.messages.deleteMany({ threadId }, { session });
      await models.checkpoints.deleteMany({ threadId }, { session });
      await models.runs.deleteMany({ threadId }, { session });
      await models.deliveries.deleteMany({ threadId }, { session });
      await models.run_records.deleteMany({ threadId }, { session });
      await models.summaries.deleteOne({ _id: threadId }, { session });
      await removeThreadFiles(connection, threadId, session);
      return true;
    });
}
