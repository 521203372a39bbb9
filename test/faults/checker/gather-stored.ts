import type { Database } from '../../../src/store/index.ts';
import { toDelivery, toMessage, toRun, toThread } from '../../../src/store/documents.ts';
import type { Snapshot } from './snapshot.ts';

/** All that MongoDB holds now, read from the primary after a majority has it. */
export async function gatherStored({
  models,
  connection,
}: Database): Promise<Pick<Snapshot, 'threads' | 'messages' | 'runs' | 'deliveries'>> {
  const session = await connection.startSession({ causalConsistency: true });
  try {
    // Tells the session where the primary is: without it, a majority may be read of that is a moment behind.
    await connection.db?.command({ ping: 1 }, { session });
    const options = { session, readConcern: { level: 'majority' } } as const;
    const threads = await models.threads.find({}, null, options).lean();
    const messages = await models.messages.find({}, null, options).lean();
    const runs = await models.runs.find({}, null, options).lean();
    const deliveries = await models.deliveries.find({}, null, options).lean();
    return {
      threads: threads.map(toThread),
      messages: messages.map(toMessage),
      runs: runs.map(toRun),
      deliveries: deliveries.map(toDelivery),
    };
  } finally {
    await session.endSession();
  }
}
