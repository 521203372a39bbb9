import type { ClientSession } from 'mongoose';
import type { Models } from './models.ts';

/**
 * Erases what messages say, in every revision, and leaves their entries as tombstones; those that go with their run are
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
  await models.messages.updateMany(
    { threadId, _id: { $in: messageIds }, redactedAt: null },
    {
      $set: {
        text: '',
        revisions: [],
        attachments: [],
        toolCalls: [],
        redactedAt: at,
        ...(rolledBack ? { rolledBack } : {}),
      },
    },
    session === undefined ? {} : { session },
  );
}
