import type { ClientSession } from 'mongoose';
import { CLIENT_ID } from '../core/messages/client-id.ts';
import { blankRecords } from './blank-records.ts';
import { removeMessageFiles } from './file-removal.ts';
import type { Models } from './models.ts';
import { outdateSummaryOf } from './outdate-summary.ts';

/**
 * A platform's message stays known, so that an event that comes again is nothing new. A program may send what it took
 * back once more, under the same id.
 */
const FREED_SOURCE = {
  $cond: [{ $eq: [{ $indexOfBytes: ['$sourceId', CLIENT_ID] }, 0] }, null, '$sourceId'],
};

/**
 * Erases what messages say, in every revision, with files that no other message shows, and leaves their entries as tombstones; those that go with their run are
 * marked to be left out of every state.
 */
export async function redactMessages(
  models: Models,
  threadId: string,
  messageIds: string[],
  { at, rolledBack = false }: { at: Date; rolledBack?: boolean },
  session?: ClientSession,
): Promise<void> {
  if (messageIds.length === 0) return;
  const { modifiedCount } = await models.messages.updateMany(
    { threadId, _id: { $in: messageIds }, redactedAt: null },
    [
      {
        $set: {
          text: '',
          revisions: [],
          attachments: [],
          toolCalls: [],
          redactedAt: at,
          ...(rolledBack ? { rolledBack, sourceId: FREED_SOURCE } : {}),
        },
      },
    ],
    { updatePipeline: true, ...(session === undefined ? {} : { session }) },
  );
  await removeMessageFiles(models.messages.db, threadId, messageIds, session);
  await blankRecords(models, threadId, session);
  if (modifiedCount > 0) await outdateSummaryOf(models, threadId, messageIds, session);
}
