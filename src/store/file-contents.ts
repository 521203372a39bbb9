import { type ClientSession, type Connection, mongo } from 'mongoose';

/** The GridFS bucket of what is kept of files; its collections are `file_contents.files` and `file_contents.chunks`. */
const BUCKET = 'file_contents';

/** What a content is of. `part`: the file as it came, or the text that was read from it. */
export type ContentOwner = { projectId: string; threadId: string; fileId: string; part: 'bytes' | 'text' };

type ContentDocument = {
  _id: mongo.ObjectId;
  length: number;
  chunkSize: number;
  uploadDate: Date;
  metadata: ContentOwner;
};

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

  /** Deletes the chunks first: what is left by a crash is found again by its entry. */
  async function removeById(
    ids: mongo.ObjectId[],
    below: { 'metadata.threadId'?: string },
    options: { session?: ClientSession } = {},
  ): Promise<void> {
    await chunks.deleteMany({ files_id: { $in: ids } }, options);
    await files.deleteMany({ ...below, _id: { $in: ids } }, options);
  }

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

    /**
     * Copies what is kept of a file for another owner, inside the database, and then asks whether it is to be kept. What is
     * not, or not whole because it went meanwhile, is deleted again. `count` is how many contents it were.
     */
    async copy(
      from: Pick<ContentOwner, 'threadId' | 'fileId'>,
      to: Omit<ContentOwner, 'part'>,
      isToBeKept: (count: number) => Promise<boolean>,
    ): Promise<void> {
      const found = await files
        .find({ 'metadata.threadId': from.threadId, 'metadata.fileId': from.fileId })
        .toArray();
      const copies = found.map((content) => ({ ...content, _id: new mongo.ObjectId(), of: content._id }));
      let isKept = false;
      try {
        let isWhole = true;
        for (const { of, ...copy } of copies) {
          const { _id, length, chunkSize, metadata } = copy;
          // Before its chunks: what is left by a crash is found by it.
          await files.insertOne({
            ...copy,
            uploadDate: new Date(),
            metadata: { ...to, part: metadata.part },
          });
          await chunks
            .aggregate([
              { $match: { files_id: of } },
              { $project: { _id: 0, files_id: { $literal: _id }, n: 1, data: 1 } },
              { $merge: { into: `${BUCKET}.chunks`, on: ['files_id', 'n'], whenMatched: 'fail' } },
            ])
            .toArray();
          const copied = await chunks.countDocuments({ files_id: _id });
          isWhole &&= copied === Math.ceil(length / chunkSize);
        }
        isKept = isWhole && (await isToBeKept(found.length));
      } finally {
        // By their ids: whoever deleted the thread meanwhile took the entries, and not the chunks that came after.
        if (!isKept)
          await removeById(
            copies.map(({ _id }) => _id),
            { 'metadata.threadId': to.threadId },
          );
      }
    },

    /** Answers how many contents it were. */
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
      const below = 'threadId' in filter ? { 'metadata.threadId': filter.threadId } : {};
      await removeById(
        found.map(({ _id }) => _id),
        below,
        options,
      );
      return found.length;
    },
  };
}
