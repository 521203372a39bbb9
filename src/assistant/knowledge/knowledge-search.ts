import type { Clock } from '../../core/clock.ts';
import type { KnowledgeRef, Passage } from '../../core/knowledge/knowledge.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import type { EmbeddingModel, KnowledgeQuery, KnowledgeSearch, KnowledgeStore } from '../../core/ports.ts';
import { linkTo } from './anchors.ts';
import { fuse } from './fuse.ts';
import { catchUp, emptyKnowledge, type LoadedKnowledge } from './loaded-knowledge.ts';
import { normalised } from './vector-index.ts';

/** Another process's change is seen after this long at the latest; each look costs a query. */
const VERSION_CHECK_MS = 1_000;

/** Knowledges held in memory; the one that was not asked for the longest goes first. */
const MAX_LOADED = 16;

/** Candidates of each kind of search, of which the best are fused. */
const CANDIDATES = 50;

/** Vectors are near for any text of the language; below this cosine they say nothing. */
const MIN_COSINE = 0.3;

export type KnowledgeSearchParts = {
  store: KnowledgeStore;
  clock: Pick<Clock, 'now'>;
  /** Left out: by words alone. */
  embedding?: EmbeddingModel;
  logger?: Logger;
};

type Held = { loaded: LoadedKnowledge; checkedAt: number; loading: Promise<void> | null };

/**
 * Searches knowledges by their words, and by meaning too where there is an embedding model. Each is loaded when it is
 * first asked for, kept up to date with what other processes change, and let go when many others were asked for since.
 */
export function createKnowledgeSearch(parts: KnowledgeSearchParts): KnowledgeSearch {
  const { store, clock, embedding, logger = silentLogger } = parts;
  const held = new Map<string, Held>();

  async function upToDate(ref: KnowledgeRef): Promise<LoadedKnowledge> {
    const key = JSON.stringify([ref.projectId, ref.name]);
    const entry: Held = held.get(key) ?? { loaded: emptyKnowledge(), checkedAt: -Infinity, loading: null };
    held.delete(key);
    held.set(key, entry);
    for (const oldest of [...held.keys()].slice(0, Math.max(0, held.size - MAX_LOADED))) held.delete(oldest);
    if (entry.loading === null && clock.now().getTime() - entry.checkedAt >= VERSION_CHECK_MS) {
      entry.loading = refresh(ref, entry).finally(() => {
        entry.loading = null;
      });
    }
    await entry.loading;
    return entry.loaded;
  }

  async function refresh(ref: KnowledgeRef, entry: Held): Promise<void> {
    const checkedAt = clock.now().getTime();
    const version = await store.version(ref);
    if (version !== entry.loaded.version) {
      try {
        await catchUp(entry.loaded, store, ref, version, embedding?.name ?? null);
      } catch (error) {
        // Half of a change may have been taken in: the next question begins anew.
        entry.loaded = emptyKnowledge();
        throw error;
      }
    }
    entry.checkedAt = checkedAt;
  }

  return {
    async search(projectId, names, query, signal) {
      const loaded = await Promise.all(
        names.map(async (name) => ({ name, knowledge: await upToDate({ projectId, name }) })),
      );
      const vector = loaded.some(({ knowledge }) => knowledge.vectors.size > 0)
        ? await vectorOf(query, embedding, logger, signal)
        : null;
      const found = await Promise.all(
        loaded.map(({ name, knowledge }) => passagesOf(name, knowledge, query, vector, store)),
      );
      return found
        .flat()
        .toSorted((left, right) => right.score - left.score)
        .slice(0, query.limit);
    },
  };
}

/** A search without the meaning is better than none: when the model is away, words alone are searched for. */
async function vectorOf(
  { text, context }: KnowledgeQuery,
  embedding: EmbeddingModel | undefined,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<Float32Array | null> {
  if (embedding === undefined) return null;
  try {
    const [vector] = await embedding.embed([context === undefined ? text : `${context}\n${text}`], signal);
    return vector === undefined ? null : normalised(vector);
  } catch (error) {
    signal?.throwIfAborted();
    logger.warn({ err: error, model: embedding.name }, 'the question could not be embedded');
    return null;
  }
}

async function passagesOf(
  knowledge: string,
  { lexical, vectors, documents }: LoadedKnowledge,
  query: KnowledgeQuery,
  vector: Float32Array | null,
  store: KnowledgeStore,
): Promise<Passage[]> {
  const byWords = lexical.search(query.text, query.context, CANDIDATES);
  const byMeaning = vector === null ? [] : vectors.search(vector, CANDIDATES).filter(isNear);
  const ranked = byMeaning.length === 0 ? byWords : fuse(byWords, byMeaning);
  const best = ranked.slice(0, query.limit);
  const chunks = new Map(
    (await store.findChunks(best.map(({ id }) => id))).map((chunk) => [chunk.id, chunk]),
  );
  const coverages = new Map(byWords.map((hit) => [hit.id, hit.coverage]));
  return best.flatMap(({ id, score }) => {
    const chunk = chunks.get(id);
    const document = documents.get(chunk?.documentId ?? '');
    if (chunk === undefined || document === undefined) return [];
    const { title, source } = document;
    const { heading, line, text } = chunk;
    const link = linkTo(document, chunk);
    const coverage = coverages.get(id) ?? 0;
    return [{ id, knowledge, title, heading, source, link, line, text, score, coverage }];
  });
}

function isNear({ score }: { score: number }): boolean {
  return score >= MIN_COSINE;
}
