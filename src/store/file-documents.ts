import { Schema } from 'mongoose';
import type { ThreadFile } from '../core/files/thread-file.ts';
import { count, id, optionalText, schema, text, time } from './schema-parts.ts';

export type FileDocument = Omit<ThreadFile, 'id'> & { _id: string };

/** Optional text that may be empty. */
const words = { type: String, default: '' };

export const files = schema<FileDocument>({
  _id: id,
  threadId: id,
  projectId: id,
  attachmentId: id,
  messageIds: { type: [String], default: [] },
  runId: id,
  name: words,
  mediaType: optionalText,
  sizeBytes: { type: Number, default: null },
  status: text,
  problem: optionalText,
  tries: count,
  summary: words,
  characters: count,
  createdAt: time,
});
files.index({ threadId: 1, attachmentId: 1 }, { unique: true });
// For retention.
files.index({ projectId: 1, status: 1, createdAt: 1 });

/** What GridFS keeps of a content, declared for its indexes; the driver reads and writes it. */
export const contentFiles = schema<{ uploadDate: Date; metadata: unknown }>({
  uploadDate: time,
  metadata: { type: Schema.Types.Mixed, default: null },
});
contentFiles.index({ 'metadata.threadId': 1, 'metadata.fileId': 1 });
contentFiles.index({ 'metadata.projectId': 1, uploadDate: 1 });

export const contentChunks = schema<{ files_id: unknown; n: number }>({
  files_id: { type: Schema.Types.ObjectId, required: true },
  n: count,
});
contentChunks.index({ files_id: 1, n: 1 }, { unique: true });

export function toThreadFile({ _id, ...rest }: FileDocument): ThreadFile {
  return { id: _id, ...rest };
}

export function fromThreadFile({ id: _id, ...rest }: ThreadFile): FileDocument {
  return { _id, ...rest };
}
