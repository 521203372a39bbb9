import type { Connection } from 'mongoose';
import type { ThreadFile } from '../core/files/thread-file.ts';
import { type FileDocument, fromThreadFile } from './file-documents.ts';
import { liveMessages } from './live-messages.ts';

/**
 * Enters a file whose content is written already, in the place of what failed before. False when none of its messages is
 * there any more: then its content must go. Throws a duplicate key where the attachment is known.
 */
export function enterFile(connection: Connection, file: ThreadFile): Promise<boolean> {
  const { threadId, attachmentId } = file;
  const files = connection.collection<FileDocument>('files');
  return connection.transaction(async (session) => {
    const messageIds = await liveMessages(connection, file, session);
    if (messageIds.length === 0) return false;
    await files.deleteOne({ threadId, attachmentId, tries: { $gt: 0 } }, { session });
    await files.insertOne(fromThreadFile({ ...file, messageIds }), { session });
    return true;
  });
}
