import type { Connection } from 'mongoose';
import type { ThreadFile } from '../core/files/thread-file.ts';
import type { MessageDocument } from './documents.ts';
import { type FileDocument, fromThreadFile } from './file-documents.ts';

/**
 * Enters a file whose content is written already, in the place of what failed before. False when none of its messages is
 * there any more: then its content must go. Throws a duplicate key where the attachment is known.
 */
export function enterFile(connection: Connection, file: ThreadFile): Promise<boolean> {
  const { threadId, attachmentId, messageIds } = file;
  const files = connection.collection<FileDocument>('files');
  return connection.transaction(async (session) => {
    // A write, not a read: a redaction or deletion at the same time conflicts with it, and one of both comes second.
    const { matchedCount } = await connection
      .collection<MessageDocument>('messages')
      .updateMany(
        { threadId, _id: { $in: messageIds }, redactedAt: null },
        { $inc: { filesKept: 1 } },
        { session },
      );
    if (matchedCount === 0) return false;
    await files.deleteOne({ threadId, attachmentId, tries: { $gt: 0 } }, { session });
    await files.insertOne(fromThreadFile(file), { session });
    return true;
  });
}
