import { type ClientSession, type Connection, mongo } from 'mongoose';

/** The GridFS bucket of what is kept of files; its collections are `file_contents.files` and `file_contents.chunks`. */
const BUCKET = 'file_contents';

/** What a content is of. `part`: the file as it came, or the text that was read from it. */
export type ContentOwner = { projectId: string; threadId: string; fileId: string; part: 'bytes' | 'text' };

type ContentDocument = { _id: mongo.ObjectId; uploadDate: Date; metadata: ContentOwner };

/** Says which contents: all of a thread, or those of some of its files. */
export type ContentFilter =
  | { threadId: string; fileIds?: readonly string[] }
  | { projectId: string; before: Date; limit: number };

/** Contents of files in GridFS: written whole, read whole, found by whom they belong to. */
export function createFileContents(connection: Connection) {
  const files = connection.collection<ContentDocument>(`${BUCKET}.files`);
  const chunks = connection.collection<{ files_id: mongo.ObjectId }>(`${BUCKET}.chunks`);
  let opened: mongo.GridFSBucket | null = null;
  // One for all, because it looks for its indexes once.
  const bucket = () => {
    const { db } = connection;
    if (db === undefined) throw new mongo.MongoNotConnectedError('The connection is closed.');
    opened ??= new mongo.GridFSBucket(db, { bucketName: BUCKET });
    return opened;
  };

  return {
    async write(owner: ContentOwner, bytes: Uint8Array): Promise<void> {
      const stream = bucket().openUploadStream(owner.fileId, { metadata: { ...owner } });
      await new Promise<void>((resolve, reject) => {
        stream.once('finish', resolve);
        stream.once('error', reject);
        stream.end(bytes);
      });
    },

    async read(threadId: string, fileId: string, part: ContentOwner['part']): Promise<Buffer | null> {
      const found = await files.findOne({
        'metadata.threadId': threadId,
        'metadata.fileId': fileId,
        'metadata.part': part,
      });
      if (found === null) return null;
      const pieces: Buffer[] = [];
      for await (const piece of bucket().openDownloadStream(found._id)) {
        if (Buffer.isBuffer(piece)) pieces.push(piece);
      }
      return Buffer.concat(pieces);
    },

    /** Deletes the chunks first: what is left by a crash is found again by its entry. Answers how many contents it were. */
    async remove(filter: ContentFilter, session?: ClientSession): Promise<number> {
      const options = session === undefined ? {} : { session };
      const found = await files
        .find(
          'projectId' in filter
            ? { 'metadata.projectId': filter.projectId, uploadDate: { $lt: filter.before } }
            : {
                'metadata.threadId': filter.threadId,
                ...(filter.fileIds === undefined ? {} : { 'metadata.fileId': { $in: [...filter.fileIds] } }),
              },
          { ...options, projection: { _id: 1 }, ...('limit' in filter ? { limit: filter.limit } : {}) },
        )
        .toArray();
      if (found.length === 0) return 0;
      const ids = found.map(({ _id }) => _id);
      await chunks.deleteMany({ files_id: { $in: ids } }, options);
      const below = 'threadId' in filter ? { 'metadata.threadId': filter.threadId } : {};
      await files.deleteMany({ ...below, _id: { $in: ids } }, options);
      return ids.length;
    },
  };
}
