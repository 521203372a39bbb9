import type { ClientSession } from 'mongoose';
import type { Models } from './models.ts';
import { EMPTY_SUMMARY } from './summary-documents.ts';

/**
 * Forgets a thread's summary when messages that it was made of are edited or erased, in the transaction that does this. It is
 * made anew from what is left. One that is being made of them at this moment is not kept either: its generation is over, also
 * where it would be the thread's first. `fromSeq`: the oldest of the messages.
 */
export async function outdateSummary(
  models: Models,
  threadId: string,
  fromSeq: number,
  session: ClientSession | undefined,
): Promise<void> {
  const forgotten = Object.fromEntries(
    Object.entries(EMPTY_SUMMARY).map(([field, empty]) => [
      field,
      { $cond: [{ $gte: ['$upToSeq', fromSeq] }, empty, { $ifNull: [`$${field}`, empty] }] },
    ]),
  );
  await models.summaries.updateOne(
    { _id: threadId },
    [{ $set: { ...forgotten, generation: { $add: [{ $ifNull: ['$generation', 0] }, 1] } } }],
    { upsert: true, updatePipeline: true, ...(session === undefined ? {} : { session }) },
  );
}
