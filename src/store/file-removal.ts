import type { ClientSession, Connection } from 'mongoose';
import { createFileContents } from './file-contents.ts';
import type { FileDocument } from './file-documents.ts';

/** Deletes the files of a whole thread, contents and entries. */
export async function removeThreadFiles(
  connection: Connection,
  threadId: string,
  session?: ClientSession,
): Promise<void> {
  const options = session === undefined ? {} : { session };
  await connection.collection<FileDocument>('files').deleteMany({ threadId }, options);
  // Also contents without an entry, which a crash left.
  await createFileContents(connection).remove({ threadId }, session);
}

/** Takes messages out of the files that they show, and deletes the files that no other message shows. Answers how many. */
export async function removeMessageFiles(
  connection: Connection,
  threadId: string,
  messageIds: readonly string[],
  session?: ClientSession,
): Promise<number> {
  const options = session === undefined ? {} : { session };
  const files = connection.collection<FileDocument>('files');
  const shown = { threadId, messageIds: { $in: [...messageIds] } };
  const { modifiedCount } = await files.updateMany(
    shown,
    { $pull: { messageIds: { $in: [...messageIds] } } },
    options,
  );
  if (modifiedCount === 0) return 0;
  const orphans = await files
    .find({ threadId, messageIds: { $size: 0 } }, { ...options, projection: { _id: 1 } })
    .toArray();
  const fileIds = orphans.map(({ _id }) => _id);
  if (fileIds.length === 0) return 0;
  await createFileContents(connection).remove({ threadId, fileIds }, session);
  await files.deleteMany({ threadId, _id: { $in: fileIds } }, options);
  return fileIds.length;
}
