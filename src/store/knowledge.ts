import { mongo, type ClientSession, type Connection } from 'mongoose';
import type { KnowledgeChunk, KnowledgeDocument, KnowledgeRef } from '../core/knowledge/knowledge.ts';
import type { KnowledgeEntry, KnowledgeStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { mapped } from './foreign-errors.ts';
import type {
  KnowledgeChunkDocument,
  KnowledgeFileDocument,
  KnowledgeHeadDocument,
} from './knowledge-documents.ts';

/** Chunks fetched in one round trip: about a megabyte. */
const CHUNKS_AT_ONCE = 1_000;

/** Ids of one question: a query has a largest size, and an index is read in as many parts. */
const IDS_AT_ONCE = 500;

/** Knowledge in three collections: what there is, its files, their chunks. */
export function createKnowledgeStore({ models, connection }: Database): KnowledgeStore {
  return {
    list: (projectId) =>
      mapped(async () => {
        const heads = await models.knowledge
          .find(projectId === null ? {} : { projectId })
          .sort({ _id: 1 })
          .lean();
        const sums = await models.knowledge_files.aggregate<{
          _id: string;
          documents: number;
          chunks: number;
        }>([
          { $match: { knowledgeId: { $in: heads.map(({ _id }) => _id) } } },
          { $group: { _id: '$knowledgeId', documents: { $sum: 1 }, chunks: { $sum: '$chunks' } } },
        ]);
        const byId = new Map(sums.map((sum) => [sum._id, sum]));
        return heads.flatMap(({ _id, projectId: project, name, updatedAt }) => {
          const sum = byId.get(_id);
          if (sum === undefined) return [];
          return [{ projectId: project, name, documents: sum.documents, chunks: sum.chunks, updatedAt }];
        });
      }),

    version: (ref) =>
      mapped(async () => {
        const head = await models.knowledge.findById(headId(ref), { version: 1 }).lean();
        return head?.version ?? 0;
      }),

    documents: (ref) =>
      mapped(async () => {
        const found = await models.knowledge_files
          .find({ knowledgeId: headId(ref) })
          .sort({ source: 1 })
          .lean();
        return found.map(toDocument);
      }),

    async *chunksOf(documentIds) {
      for (let from = 0; from < documentIds.length; from += IDS_AT_ONCE) {
        const ids = documentIds.slice(from, from + IDS_AT_ONCE);
        const cursor = chunksIn(connection).find({ documentId: { $in: ids } }, { batchSize: CHUNKS_AT_ONCE });
        for await (const chunk of cursor) yield toChunk(chunk);
      }
    },

    findChunks: (ids) =>
      mapped(async () => {
        const found = await chunksIn(connection)
          .find({ _id: { $in: [...ids] } })
          .toArray();
        return found.map(toChunk);
      }),

    put: (ref, entries, at) =>
      mapped(async () => {
        if (entries.length === 0) return;
        await connection.transaction(async (session) => {
          await advance(connection, ref, at, session);
          await putFiles(connection, ref, entries, session);
          await putChunks(connection, entries, session);
        });
      }),

    remove: (ref, documentIds, at) =>
      mapped(() =>
        connection.transaction(async (session) => {
          const ids = [...documentIds];
          const { deletedCount } = await filesIn(connection).deleteMany(
            { _id: { $in: ids }, knowledgeId: headId(ref) },
            { session },
          );
          if (deletedCount === 0) return 0;
          await chunksIn(connection).deleteMany({ documentId: { $in: ids } }, { session });
          await advance(connection, ref, at, session);
          return deletedCount;
        }),
      ),
  };
}

async function advance(connection: Connection, ref: KnowledgeRef, at: Date, session: ClientSession) {
  await connection.collection<KnowledgeHeadDocument>('knowledge').updateOne(
    { _id: headId(ref) },
    {
      $inc: { version: 1 },
      $set: { updatedAt: at },
      $setOnInsert: { projectId: ref.projectId, name: ref.name },
    },
    { upsert: true, session },
  );
}

async function putFiles(
  connection: Connection,
  ref: KnowledgeRef,
  entries: readonly KnowledgeEntry[],
  session: ClientSession,
) {
  const writes = entries.map(({ document: { id: _id, ...facts } }) => ({
    replaceOne: { filter: { _id }, replacement: { ...facts, knowledgeId: headId(ref) }, upsert: true },
  }));
  await filesIn(connection).bulkWrite(writes, { session, ordered: false });
}

/** Chunks that are there keep their vectors, and are written only where their place has changed. */
async function putChunks(connection: Connection, entries: readonly KnowledgeEntry[], session: ClientSession) {
  const chunks = chunksIn(connection);
  const documentIds = entries.map(({ document }) => document.id);
  const there = await chunks
    .find({ documentId: { $in: documentIds } }, { session, projection: { text: 0, vector: 0 } })
    .toArray();
  const known = new Map(there.map((chunk) => [chunk._id, chunk]));
  const wanted = entries.flatMap((entry) => entry.chunks);
  const wantedIds = new Set(wanted.map(({ id }) => id));
  const gone = there.filter(({ _id }) => !wantedIds.has(_id)).map(({ _id }) => _id);
  const writes = wanted.flatMap((chunk): mongo.AnyBulkWriteOperation<KnowledgeChunkDocument>[] => {
    const before = known.get(chunk.id);
    const { ordinal, line, embeddedBy } = chunk;
    if (before === undefined) return [{ insertOne: { document: fromChunk(chunk) } }];
    if (before.ordinal === ordinal && before.line === line && before.embeddedBy === embeddedBy) return [];
    const vector = chunk.vector === null ? {} : { vector: packed(chunk.vector), embeddedBy };
    return [{ updateOne: { filter: { _id: chunk.id }, update: { $set: { ordinal, line, ...vector } } } }];
  });
  if (gone.length > 0) await chunks.deleteMany({ _id: { $in: gone } }, { session });
  if (writes.length > 0) await chunks.bulkWrite(writes, { session, ordered: false });
}

function headId({ projectId, name }: KnowledgeRef): string {
  return `${projectId}/${name}`;
}

function filesIn(connection: Connection) {
  return connection.collection<KnowledgeFileDocument>('knowledge_files');
}

function chunksIn(connection: Connection) {
  return connection.collection<KnowledgeChunkDocument>('knowledge_chunks');
}

function toDocument(file: KnowledgeFileDocument): KnowledgeDocument {
  const { _id: id, source, title, link, kind, hash, root, chunks, addedAt } = file;
  return { id, source, title, link, kind, hash, root, chunks, addedAt };
}

function toChunk({ _id, vector, ...facts }: KnowledgeChunkDocument): KnowledgeChunk {
  return { id: _id, ...facts, vector: vector === null ? null : unpacked(vector.buffer) };
}

function fromChunk({ id, vector, ...facts }: KnowledgeChunk): KnowledgeChunkDocument {
  return { _id: id, ...facts, vector: vector === null ? null : packed(vector) };
}

function packed(vector: Float32Array): mongo.Binary {
  return new mongo.Binary(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
}

/** A copy: the driver's bytes are a part of what it received, which would be kept with them. */
function unpacked(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
