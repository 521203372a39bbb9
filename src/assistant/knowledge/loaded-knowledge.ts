import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KnowledgeChunk, KnowledgeDocument, KnowledgeRef } from '../../core/knowledge/knowledge.ts';
import type { KnowledgeStore } from '../../core/ports.ts';
import { createLexicalIndex, type LexicalIndex } from './lexical-index.ts';
import { createVectorIndex, type VectorIndex } from './vector-index.ts';

/** Chunks indexed before others get their turn: about 10 ms. */
const CHUNKS_A_TURN = 50;

/** One knowledge in memory, as of a version. */
export type LoadedKnowledge = {
  version: number;
  documents: Map<string, KnowledgeDocument>;
  chunkIds: Map<string, string[]>;
  lexical: LexicalIndex;
  vectors: VectorIndex;
};

export function emptyKnowledge(): LoadedKnowledge {
  return {
    version: 0,
    documents: new Map(),
    chunkIds: new Map(),
    lexical: createLexicalIndex(),
    vectors: createVectorIndex(),
  };
}

/**
 * Brings what is in memory to the version given: only documents that are new or changed are read again. `embeddedBy`
 * names the model whose vectors are wanted. @throws ThreadrelayError `store_unavailable`
 */
export async function catchUp(
  loaded: LoadedKnowledge,
  store: KnowledgeStore,
  ref: KnowledgeRef,
  version: number,
  embeddedBy: string | null,
): Promise<void> {
  const now = new Map((await store.documents(ref)).map((document) => [document.id, document]));
  for (const [id, known] of loaded.documents) {
    if (!isSame(known, now.get(id))) forget(loaded, id);
  }
  const missing = [...now.keys()].filter((id) => !loaded.documents.has(id));
  const read = new Map<string, string[]>(missing.map((id) => [id, []]));
  let turn: { document: KnowledgeDocument; chunk: KnowledgeChunk }[] = [];
  const take = () => {
    loaded.lexical.add(turn);
    turn = [];
  };
  for await (const chunk of store.chunksOf(missing)) {
    const document = now.get(chunk.documentId);
    if (document === undefined) continue;
    read.get(document.id)?.push(chunk.id);
    loaded.chunkIds.set(document.id, read.get(document.id) ?? []);
    turn.push({ document, chunk });
    if (chunk.vector !== null && chunk.embeddedBy === embeddedBy) loaded.vectors.add(chunk.id, chunk.vector);
    if (turn.length < CHUNKS_A_TURN) continue;
    take();
    await nextTurn();
  }
  take();
  for (const id of missing) {
    const document = now.get(id);
    if (document !== undefined) loaded.documents.set(id, document);
  }
  loaded.version = version;
}

function isSame(known: KnowledgeDocument, now: KnowledgeDocument | undefined): boolean {
  return now?.hash === known.hash && now.addedAt.getTime() === known.addedAt.getTime();
}

function forget(loaded: LoadedKnowledge, documentId: string): void {
  const chunkIds = loaded.chunkIds.get(documentId) ?? [];
  loaded.lexical.remove(chunkIds);
  for (const id of chunkIds) loaded.vectors.remove(id);
  loaded.chunkIds.delete(documentId);
  loaded.documents.delete(documentId);
}
