import type { Clock } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { KnowledgeRef, Passage } from '../../core/knowledge/knowledge.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import type { EmbeddingModel, KnowledgeQuery, KnowledgeSearch, KnowledgeStore } from '../../core/ports.ts';
import { withinTime } from '../tools/within-time.ts';
import { linkTo } from './anchors.ts';
import { fuse } from './fuse.ts';
import type { LexicalHit } from './lexical-index.ts';
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

/** A question waits so long for its vector, in milliseconds: a person waits for the answer. */
const QUESTION_MS = 5_000;

/** An embedding model that failed is not asked for so long, so that not each question waits for it. */
const REST_MS = 30_000;

export type KnowledgeSearchParts = {
  store: KnowledgeStore;
  clock: Pick<Clock, 'now'>;
  /** Left out: by words alone. */
  embedding?: EmbeddingModel;
  /** How long a question waits for its vector, in milliseconds. */
  questionMs?: number;
  logger?: Logger;
};

type Held = { loaded: LoadedKnowledge; checkedAt: number; loading: Promise<void> | null };

/**
 * Searches knowledges by their words, and by meaning too where there is an embedding model. Each is loaded when it is
 * first asked for, kept up to date with what other processes change, and let go when many others were asked for since.
 */
export function createKnowledgeSearch(parts: KnowledgeSearchParts): KnowledgeSearch {
  const { store, clock, embedding, questionMs = QUESTION_MS, logger = silentLogger } = parts;
  let restsUntil = 0;
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

  /** A search without the meaning is better than none: when the model is away, words alone are searched for. */
  async function vectorOf(
    { text, context }: KnowledgeQuery,
    signal: AbortSignal,
  ): Promise<Float32Array | null> {
    if (embedding === undefined || clock.now().getTime() < restsUntil) return null;
    const asked = context === undefined ? text : `${context}\n${text}`;
    try {
      const embedded = await withinTime((within) => embedding.embed([asked], within), questionMs, signal);
      if (embedded === 'timed_out') {
        const sentence = `The embedding model ${embedding.name} did not answer in time.`;
        throw new ThreadrelayError('model_failed', sentence, { retryable: true });
      }
      const [vector] = embedded.value;
      return vector === undefined ? null : normalised(vector);
    } catch (error) {
      signal.throwIfAborted();
      restsUntil = clock.now().getTime() + REST_MS;
      logger.warn({ err: error, model: embedding.name }, 'a question is searched for by its words alone');
      return null;
    }
  }

  return {
    async search(projectId, names, query, signal = NEVER) {
      const loaded = await Promise.all(
        names.map(async (name) => ({ name, knowledge: await upToDate({ projectId, name }) })),
      );
      const vector = loaded.some(({ knowledge }) => knowledge.vectors.size > 0)
        ? await vectorOf(query, signal)
        : null;
      const found = loaded.map(({ name, knowledge }) => ({ name, ...searched(knowledge, query, vector) }));
      // Scores of words are no ranks: of several knowledges all are fused, or none.
      const isFused = found.some(({ byMeaning }) => byMeaning.length > 0);
      const passages = await Promise.all(
        found.map(({ byWords, byMeaning, ...rest }) => {
          const ranked = isFused ? fuse(byWords, byMeaning) : byWords;
          return passagesOf({ ...rest, byWords, best: ranked.slice(0, query.limit) }, store);
        }),
      );
      return passages
        .flat()
        .toSorted((left, right) => right.score - left.score)
        .slice(0, query.limit);
    },
  };
}

const NEVER = new AbortController().signal;

type Searched = Pick<LoadedKnowledge, 'documents'> & {
  byWords: LexicalHit[];
  byMeaning: { id: string; score: number }[];
};

function searched(
  { lexical, vectors, documents }: LoadedKnowledge,
  { text, context }: KnowledgeQuery,
  vector: Float32Array | null,
): Searched {
  return {
    documents,
    byWords: lexical.search(text, context, CANDIDATES),
    byMeaning: vector === null ? [] : vectors.search(vector, CANDIDATES).filter(isNear),
  };
}

async function passagesOf(
  {
    name: knowledge,
    documents,
    byWords,
    best,
  }: Omit<Searched, 'byMeaning'> & { name: string; best: { id: string; score: number }[] },
  store: KnowledgeStore,
): Promise<Passage[]> {
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
