import type { ClientSession } from 'mongoose';
import type { Models } from './models.ts';
import { redactMessages } from './redaction.ts';

/**
 * Redacts messages and takes their authors from them, also from those that were redacted before. What is left tells that there
 * was a message, and its platform's id, so that an event that comes again is nothing new.
 */
export async function eraseMessages(
  models: Models,
  threadId: string,
  messageIds: string[],
  at: Date,
  session: ClientSession,
): Promise<void> {
  await redactMessages(models, threadId, messageIds, { at }, session);
  await models.messages.updateMany(
    { threadId, _id: { $in: messageIds } },
    { $set: { author: null }, $unset: { deniedBy: '' } },
    { session },
  );
}
