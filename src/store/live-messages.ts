import type { ClientSession, Connection } from 'mongoose';
import type { MessageDocument } from './documents.ts';

/**
 * Ids of those of a thread's messages that are not erased, for a file that they show. They are written, not only read: an
 * erasure or deletion at the same time conflicts with this transaction, and one of both comes second.
 */
export async function liveMessages(
  connection: Connection,
  { threadId, messageIds }: { threadId: string; messageIds: readonly string[] },
  session: ClientSession,
): Promise<string[]> {
  const messages = connection.collection<MessageDocument>('messages');
  const live = { threadId, _id: { $in: [...messageIds] }, redactedAt: null };
  const { matchedCount } = await messages.updateMany(live, { $inc: { filesKept: 1 } }, { session });
  if (matchedCount === 0) return [];
  if (matchedCount === messageIds.length) return [...messageIds];
  const left = await messages.find(live, { session, projection: { _id: 1 } }).toArray();
  return left.map(({ _id }) => _id);
}
