import type { ClientSession } from 'mongoose';
import type { ThreadDocument } from './documents.ts';
import type { Models } from './models.ts';
import { outdateSummary } from './outdate-summary.ts';

/** Takes the next step of a thread for what is done in the same transaction; null when there is no such thread. */
export async function takeStep(
  models: Models,
  threadId: string,
  at: Date,
  session: ClientSession,
): Promise<ThreadDocument | null> {
  return models.threads
    .findOneAndUpdate(
      { _id: threadId },
      { $inc: { lastSeq: 1 }, $max: { updatedAt: at } },
      { session, returnDocument: 'after' },
    )
    .lean();
}

/** Lets a message say something else, and keeps what it said until the step `untilSeq`. */
export async function reviseMessage(
  models: Models,
  revision: { threadId: string; messageId: string; text: string; at: Date; untilSeq: number },
  session: ClientSession,
): Promise<void> {
  const { threadId, messageId, text, at, untilSeq } = revision;
  // A pipeline, so that the revision holds the text which this very update replaces.
  const revised = await models.messages.findOneAndUpdate(
    { threadId, _id: messageId, redactedAt: null, text: { $ne: text } },
    [
      {
        $set: {
          revisions: { $concatArrays: ['$revisions', [{ text: '$text', revisedAt: at, untilSeq }]] },
          text: { $literal: text },
        },
      },
    ],
    { session, updatePipeline: true, projection: { seq: 1 } },
  );
  if (revised !== null) await outdateSummary(models, threadId, revised.seq, session);
}
