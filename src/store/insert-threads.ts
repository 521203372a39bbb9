import { type Connection, mongo } from 'mongoose';
import { createBatcher } from '../core/batching.ts';
import type { ThreadDocument } from './documents.ts';
import { DUPLICATE_KEY } from './foreign-errors.ts';
import { MOST_TOGETHER } from './together.ts';

/**
 * Inserts threads, each on its own account; those that are asked for while others are being inserted share one round trip.
 * Answers false for an id that is taken.
 */
export function createThreadInserter(connection: Connection): (thread: ThreadDocument) => Promise<boolean> {
  const threads = connection.collection<ThreadDocument>('threads');
  return createBatcher<ThreadDocument, boolean>({
    maxItems: MOST_TOGETHER,
    async perform(documents) {
      try {
        await threads.insertMany(documents, { ordered: false });
        return documents.map(() => true);
      } catch (thrown) {
        if (!(thrown instanceof mongo.MongoBulkWriteError)) throw thrown;
        const errors = [thrown.writeErrors].flat();
        const onlyTaken = errors.length > 0 && errors.every(({ code }) => code === DUPLICATE_KEY);
        // Else nobody knows what became of the others.
        if (!onlyTaken || thrown.result.getWriteConcernError() !== undefined) throw thrown;
        const taken = new Set(errors.map(({ index }) => index));
        return documents.map((_, index) => !taken.has(index));
      }
    },
  });
}
