import type { FileStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { enterFile } from './enter-file.ts';
import { createFileContents } from './file-contents.ts';
import { type FileDocument, toThreadFile } from './file-documents.ts';
import { removeMessageFiles } from './file-removal.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { liveMessages } from './live-messages.ts';

/** What is left of a file that was too old to be kept. */
const NOTHING_LEFT = {
  status: 'removed',
  name: '',
  mediaType: null,
  sizeBytes: null,
  problem: null,
  tries: 0,
  summary: '',
  characters: 0,
} as const;

const KEPT = ['text', 'image', 'failed'] as const;

export function createFileStore({ connection }: Database): FileStore {
  const files = connection.collection<FileDocument>('files');
  const contents = createFileContents(connection);

  /** Not with a message that was erased meanwhile: with it the file would stay when all others are gone. */
  async function show(threadId: string, attachmentId: string, messageIds: readonly string[]): Promise<void> {
    await connection.transaction(async (session) => {
      const live = await liveMessages(connection, { threadId, messageIds }, session);
      if (live.length === 0) return;
      const update = { $addToSet: { messageIds: { $each: live } } };
      await files.updateOne({ threadId, attachmentId }, update, { session });
    });
  }

  return {
    list: (threadId) =>
      mapped(async () =>
        (await files.find({ threadId }).sort({ createdAt: 1, _id: 1 }).toArray()).map(toThreadFile),
      ),

    save: (file, { bytes, text }) =>
      mapped(async () => {
        const { id: fileId, threadId, projectId } = file;
        const owner = { projectId, threadId, fileId };
        let isKept = false;
        try {
          if (bytes !== null) await contents.write({ ...owner, part: 'bytes' }, bytes);
          if (text !== null) await contents.write({ ...owner, part: 'text' }, Buffer.from(text));
          isKept = await enterFile(connection, file);
          return isKept ? 'saved' : 'gone';
        } catch (thrown) {
          if (!isDuplicateKey(thrown)) throw thrown;
          await show(threadId, file.attachmentId, file.messageIds);
          return 'known';
        } finally {
          if (!isKept) await contents.remove({ threadId, fileIds: [fileId] });
        }
      }),

    show: (threadId, attachmentId, messageIds) => mapped(() => show(threadId, attachmentId, messageIds)),

    bytes: (threadId, fileId) => mapped(() => contents.read(threadId, fileId, 'bytes')),

    text: (threadId, fileId) =>
      mapped(async () => (await contents.read(threadId, fileId, 'text'))?.toString() ?? null),

    deleteOfMessages: (threadId, messageIds) =>
      mapped(async () => {
        await removeMessageFiles(connection, threadId, messageIds);
      }),

    deleteBefore: (projectId, before, limit) =>
      mapped(async () => {
        const old = await files
          .find({ projectId, status: { $in: [...KEPT] }, createdAt: { $lt: before } })
          .sort({ createdAt: 1 })
          .limit(limit)
          .project<{ _id: string; threadId: string }>({ threadId: 1 })
          .toArray();
        for (const { _id, threadId } of old) {
          await contents.remove({ threadId, fileIds: [_id] });
          await files.updateOne({ threadId, _id }, { $set: NOTHING_LEFT });
        }
        // What a crash left without an entry, too: with fewer files than asked for, all that is as old is such.
        if (old.length < limit) await contents.remove({ projectId, before, limit });
        return old.length;
      }),
  };
}
