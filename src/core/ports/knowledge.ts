import type { KnowledgeChunk, KnowledgeDocument, KnowledgeRef, Passage } from '../knowledge/knowledge.ts';

export type KnowledgeSummary = KnowledgeRef & { documents: number; chunks: number; updatedAt: Date };

export type KnowledgeEntry = { document: KnowledgeDocument; chunks: readonly KnowledgeChunk[] };

export interface KnowledgeStore {
  /** Of all projects where `projectId` is null. */
  list(projectId: string | null): Promise<KnowledgeSummary[]>;
  /** Rises with each change; 0 when there is no such knowledge. One look-up by id. */
  version(ref: KnowledgeRef): Promise<number>;
  documents(ref: KnowledgeRef): Promise<KnowledgeDocument[]>;
  /** Chunks of these documents, in no order, a few at a time. */
  chunksOf(documentIds: readonly string[]): AsyncIterable<KnowledgeChunk>;
  /** Those of the ids that are there. */
  findChunks(ids: readonly string[]): Promise<KnowledgeChunk[]>;
  /**
   * Puts documents in the place of what was under their ids, all or nothing; chunks whose ids are there already are kept as
   * they are but for their place.
   */
  put(ref: KnowledgeRef, entries: readonly KnowledgeEntry[], at: Date): Promise<void>;
  /** Removes these documents; answers how many were there. */
  remove(ref: KnowledgeRef, documentIds: readonly string[], at: Date): Promise<number>;
}

export type KnowledgeQuery = {
  text: string;
  /** What was said before, which counts less. */
  context?: string;
  limit: number;
};

export interface KnowledgeSearch {
  /**
   * The best passages of these knowledges of the project, best first. A knowledge that is not there has none.
   * @throws ThreadrelayError `store_unavailable`
   */
  search(
    projectId: string,
    names: readonly string[],
    query: KnowledgeQuery,
    signal?: AbortSignal,
  ): Promise<Passage[]>;
}

/** Turns texts into vectors of one length. */
export interface EmbeddingModel {
  /** As `openai/text-embedding-3-small`: vectors of different names are not compared. */
  name: string;
  /** One vector a text, in their order. @throws ThreadrelayError `model_failed` */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
}
