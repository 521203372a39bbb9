import type { Connection } from 'mongoose';
import type { ThreadFile } from '../core/files/thread-file.ts';
import type { MessageDocument } from './documents.ts';
import { enterFile } from './enter-file.ts';
import { createFileContents } from './file-contents.ts';
import { type FileDocument, toThreadFile } from './file-documents.ts';
import { isDuplicateKey } from './foreign-errors.ts';

/**
 * Gives a copied thread its files, with contents of their own: neither thread needs the other, and each file goes as those
 * of any thread go. Not in the transaction that makes the copy, because files are large; repeatable, so that a repetition
 * of the request ends what a crash left over. A file that goes meanwhile is not copied.
 */
export async function copyFiles(
  connection: Connection,
  fromThreadId: string,
  threadId: string,
  newId: () => string,
): Promise<void> {
  const files = connection.collection<FileDocument>('files');
  const contents = createFileContents(connection);
  const [all, copied] = await Promise.all([
    files.find({ threadId: fromThreadId }).sort({ createdAt: 1, _id: 1 }).toArray(),
    files.find({ threadId }, { projection: { attachmentId: 1 } }).toArray(),
  ]);
  const known = new Set(copied.map(({ attachmentId }) => attachmentId));
  for (const file of all.filter(({ attachmentId }) => !known.has(attachmentId))) {
    const { projectId, status } = file;
    const id = newId();
    const messageIds = await copiesOf(connection, file, threadId);
    const owners = [
      { threadId: fromThreadId, fileId: file._id },
      { projectId, threadId, fileId: id },
    ] as const;
    await contents.copy(...owners, async (count) => {
      if (count === 0 && (status === 'text' || status === 'image')) return false;
      return entered(connection, { ...toThreadFile(file), id, threadId, messageIds });
    });
  }
}

async function entered(connection: Connection, file: ThreadFile): Promise<boolean> {
  try {
    return await enterFile(connection, file);
  } catch (thrown) {
    if (!isDuplicateKey(thrown)) throw thrown;
    // Another try of the same request was quicker.
    return false;
  }
}

/** Ids of the messages that show a file, in the copy: they stand at the same steps. */
async function copiesOf(
  connection: Connection,
  { threadId: from, messageIds }: FileDocument,
  threadId: string,
): Promise<string[]> {
  const messages = connection.collection<MessageDocument>('messages');
  const shown = await messages
    .find({ threadId: from, _id: { $in: messageIds } }, { projection: { seq: 1 } })
    .toArray();
  const copies = await messages
    .find({ threadId, seq: { $in: shown.map(({ seq }) => seq) } }, { projection: { _id: 1 } })
    .toArray();
  return copies.map(({ _id }) => _id);
}
