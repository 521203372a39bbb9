import { createHash } from 'node:crypto';
import type { KnowledgeChunk, KnowledgeDocument, KnowledgeRef } from '../../core/knowledge/knowledge.ts';
import { toThreadrelayError, ThreadrelayError } from '../../core/errors.ts';
import type { EmbeddingModel, ExtractText, KnowledgeEntry, KnowledgeStore } from '../../core/ports.ts';
import { split, SPLIT_VERSION } from './split.ts';
import { normalised } from './vector-index.ts';

/** Written in one transaction: a fault costs this much work, and MongoDB likes some thousand writes at once. */
const CHUNKS_AT_ONCE = 1_000;
const FILES_AT_ONCE = 100;

/** Chunks of one knowledge: each search compares all of them, and memory holds their words. */
export const MAX_CHUNKS = 200_000;

export type KnowledgeSource = {
  /** Names it within the knowledge. */
  source: string;
  /** With its extension, by which formats without a mark are told apart; of a page known once it was read. */
  name: string;
  link: string | null;
  mediaType: string | null;
  /** @throws ThreadrelayError when it cannot be had */
  read(): Promise<Uint8Array>;
};

export type IngestProgress = {
  source: string;
  outcome: 'added' | 'changed' | 'unchanged' | 'removed' | 'refused';
  chunks: number;
  /** Why it was refused. */
  reason?: string;
  /** Why passages of it have no vectors, where the embedding model failed: they are found by words alone. */
  withoutVectors?: string;
};

export type IngestParts = {
  store: KnowledgeStore;
  extract: ExtractText;
  embedding?: EmbeddingModel;
  now: () => Date;
};

/**
 * Adds what is new, changes what has changed, and, where `root` names the folder that all sources are of, removes what
 * was added with it and is there no more. A source that cannot be read is told as refused; what was known of it stays.
 * Once the embedding model has failed it is not asked any more: what follows is kept without vectors, and gets them the next
 * time. Holds a few files at a time. @throws ThreadrelayError of the store, or of an embedding model that cannot be used
 */
export async function* ingest(
  { store, extract, embedding, now }: IngestParts,
  ref: KnowledgeRef,
  sources: AsyncIterable<KnowledgeSource> | Iterable<KnowledgeSource>,
  root: string | null = null,
): AsyncGenerator<IngestProgress> {
  const known = new Map((await store.documents(ref)).map((document) => [document.id, document]));
  let total = [...known.values()].reduce((sum, { chunks }) => sum + chunks, 0);
  const seen = new Set<string>();
  let waiting: ReadEntry[] = [];
  let failure: string | null = null;

  /** Null where the embedding model has failed. */
  async function withVectors(entries: readonly ReadEntry[]): Promise<readonly KnowledgeEntry[] | null> {
    if (embedding === undefined) return entries;
    if (failure !== null) return null;
    try {
      return await embedded(entries, store, embedding);
    } catch (thrown) {
      if (!(thrown instanceof ThreadrelayError) || thrown.code !== 'model_failed') throw thrown;
      failure = thrown.message;
      return null;
    }
  }

  async function* write(): AsyncGenerator<IngestProgress> {
    const entries = await withVectors(waiting);
    await store.put(ref, entries ?? waiting.filter(({ isKnown }) => !isKnown).map(withoutVectors), now());
    for (const { document, outcome, isKnown } of waiting) {
      const { source, chunks } = document;
      yield entries === null && failure !== null
        ? { source, outcome: isKnown ? 'unchanged' : outcome, chunks, withoutVectors: failure }
        : { source, outcome, chunks };
    }
    waiting = [];
  }

  for await (const source of sources) {
    const id = hashOf([ref.projectId, ref.name, source.source]);
    seen.add(id);
    const before = known.get(id);
    const entry = await entryOf(source, { id, root, at: now(), before, extract, embedding });
    if (entry === 'unchanged') {
      yield { source: source.source, outcome: 'unchanged', chunks: before?.chunks ?? 0 };
    } else if (entry instanceof ThreadrelayError) {
      yield { source: source.source, outcome: 'refused', chunks: 0, reason: entry.message };
    } else {
      total += entry.document.chunks - (before?.chunks ?? 0);
      if (total > MAX_CHUNKS) throw full(ref);
      waiting.push(entry);
      const chunks = waiting.reduce((sum, { document }) => sum + document.chunks, 0);
      if (chunks >= CHUNKS_AT_ONCE || waiting.length >= FILES_AT_ONCE) yield* write();
    }
  }
  if (waiting.length > 0) yield* write();
  if (root === null) return;
  const gone = [...known.values()].filter((document) => document.root === root && !seen.has(document.id));
  if (gone.length === 0) return;
  await store.remove(
    ref,
    gone.map(({ id }) => id),
    now(),
  );
  for (const { source, chunks } of gone) yield { source, outcome: 'removed', chunks };
}

/** A document as it was read, before its passages have vectors. */
type ReadEntry = KnowledgeEntry & {
  outcome: 'added' | 'changed';
  /** Its hash as long as they have none: with it, the next time is to embed them. */
  plainHash: string;
  /** It was kept so before. */
  isKnown: boolean;
};

function withoutVectors({ document, chunks, plainHash }: ReadEntry): KnowledgeEntry {
  return { document: { ...document, hash: plainHash }, chunks };
}

type EntryFacts = {
  id: string;
  root: string | null;
  at: Date;
  before: KnowledgeDocument | undefined;
  extract: ExtractText;
  embedding: EmbeddingModel | undefined;
};

async function entryOf(
  source: KnowledgeSource,
  { id, root, at, before, extract, embedding }: EntryFacts,
): Promise<ReadEntry | 'unchanged' | ThreadrelayError> {
  try {
    const bytes = await source.read();
    // Read after that: what a server sends tells what a page is.
    const { name, link, mediaType } = source;
    const hashFor = (model: string) => hashOf([SPLIT_VERSION, model, link ?? '', name, root ?? ''], bytes);
    const [hash, plainHash] = [hashFor(embedding?.name ?? ''), hashFor('')];
    if (before?.hash === hash) return 'unchanged';
    const { kind, title, text } = await extract({ bytes, name, mediaType });
    const chunks = chunksOf(id, split(text, kind));
    const document = {
      id,
      source: source.source,
      title,
      link,
      kind,
      hash,
      root,
      chunks: chunks.length,
      addedAt: at,
    };
    const outcome = before === undefined ? 'added' : 'changed';
    return { document, chunks, outcome, plainHash, isKnown: before?.hash === plainHash };
  } catch (thrown) {
    const error = toThreadrelayError(thrown);
    if (error.code === 'internal') throw thrown;
    return error;
  }
}

/** A chunk's id is made of what it says, so that it stays the same while the text around it changes. */
function chunksOf(documentId: string, pieces: ReturnType<typeof split>): KnowledgeChunk[] {
  const times = new Map<string, number>();
  return pieces.map(({ heading, line, text }, ordinal) => {
    const content = hashOf([documentId, heading, text]);
    const time = (times.get(content) ?? 0) + 1;
    times.set(content, time);
    const id = time === 1 ? content : `${content}-${time}`;
    return { id, documentId, ordinal, heading, line, text, vector: null, embeddedBy: null };
  });
}

/** Gives vectors to the chunks that have none of this model yet. */
async function embedded(
  entries: readonly KnowledgeEntry[],
  store: KnowledgeStore,
  embedding: EmbeddingModel | undefined,
): Promise<readonly KnowledgeEntry[]> {
  if (embedding === undefined) return entries;
  const { name } = embedding;
  const all = entries.flatMap(({ chunks }) => chunks);
  const there = await store.findChunks(all.map(({ id }) => id));
  const vectors = new Map(
    there.flatMap(({ id, vector, embeddedBy }) =>
      vector !== null && embeddedBy === name ? [[id, vector]] : [],
    ),
  );
  const missing = all.filter(({ id }) => !vectors.has(id));
  const made = await embedding.embed(missing.map(({ heading, text }) => `${heading}\n\n${text}`.trim()));
  for (const [index, { id }] of missing.entries()) {
    const vector = made[index];
    if (vector !== undefined) vectors.set(id, normalised(vector));
  }
  return entries.map(({ document, chunks }) => ({
    document,
    chunks: chunks.map((chunk) => ({ ...chunk, vector: vectors.get(chunk.id) ?? null, embeddedBy: name })),
  }));
}

function full({ name }: KnowledgeRef): ThreadrelayError {
  return new ThreadrelayError(
    'invalid_input',
    `The knowledge "${name}" would have more than ${MAX_CHUNKS.toLocaleString('en')} passages. Add the rest under another name.`,
  );
}

function hashOf(parts: readonly (string | number)[], bytes?: Uint8Array): string {
  const hash = createHash('sha256').update(JSON.stringify(parts));
  if (bytes !== undefined) hash.update(bytes);
  return hash.digest('base64url').slice(0, 32);
}
