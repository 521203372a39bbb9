import { createExtractor } from '../../assistant/extraction/extractor.ts';
import { ingest, type IngestProgress } from '../../assistant/knowledge/ingest.ts';
import { labelOf } from '../../assistant/offline/compose-answer.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { KnowledgeDocument, KnowledgeRef, Passage } from '../../core/knowledge/knowledge.ts';
import type { EmbeddingModel, KnowledgeSearch, KnowledgeStore, KnowledgeSummary } from '../../core/ports.ts';
import type { Said } from '../keys/keys-commands.ts';
import { table } from './table.ts';
import type { Sources } from './sources.ts';

export type AddParts = {
  store: KnowledgeStore;
  embedding: EmbeddingModel | null;
  tell: (line: string) => void;
  now: () => Date;
};

/** Reading one document takes no longer, in milliseconds: a PDF of thousands of pages takes some seconds. */
const LONGEST_READ_MS = 120_000;

/**
 * `threadrelay knowledge add`. A line for each file that is not as it was. @throws ThreadrelayError, also where all was
 * added and the embedding model failed
 */
export async function addKnowledge(
  { store, embedding, tell, now }: AddParts,
  ref: KnowledgeRef,
  { all, root }: Sources,
): Promise<Said> {
  /** Of the embedding model, one for each document that lacks vectors. */
  const failures: string[] = [];
  const counts = { added: 0, changed: 0, unchanged: 0, removed: 0, refused: 0 };
  let done = 0;
  const { extract, stop } = createExtractor({ timeLimitMs: LONGEST_READ_MS });
  const parts = { store, extract, now, ...(embedding === null ? {} : { embedding }) };
  try {
    for await (const progress of ingest(parts, ref, all, root)) {
      counts[progress.outcome] += 1;
      if (progress.withoutVectors !== undefined) failures.push(progress.withoutVectors);
      if (progress.outcome !== 'removed') done += 1;
      if (progress.outcome !== 'unchanged') tell(`[${done}/${all.length}] ${lineOf(progress)}`);
    }
  } finally {
    await stop();
  }
  if (counts.refused === all.length) {
    throw new ThreadrelayError('invalid_input', 'Nothing was added: none of it could be read.');
  }
  const told = Object.entries(counts).flatMap(([outcome, count]) =>
    count === 0 ? [] : [`${count} ${outcome}`],
  );
  const [summary] = (await store.list(ref.projectId)).filter(({ name }) => name === ref.name);
  const answer = `${told.join(', ')}. "${ref.name}" has ${summary?.documents ?? 0} documents in ${summary?.chunks ?? 0} passages.`;
  const [failure] = failures;
  if (failure !== undefined) {
    throw new ThreadrelayError(
      'model_failed',
      `${answer} But new passages of ${failures.length} of them are found by their words alone for now. ${failure} ` +
        'Nothing is lost: when the model is back, run the same command again, and only these are embedded.',
      { retryable: true },
    );
  }
  return { answer, notices: [] };
}

function lineOf({ source, outcome, chunks, reason }: IngestProgress): string {
  return reason === undefined
    ? `${outcome} ${source} (${chunks} passages)`
    : `${outcome} ${source}: ${reason}`;
}

/** `threadrelay knowledge list`: what there is, or the documents of one. @throws ThreadrelayError `not_found` */
export async function listKnowledge(
  store: KnowledgeStore,
  { projectId, name, json }: { projectId: string | null; name: string | null; json: boolean },
): Promise<Said> {
  if (name !== null && projectId !== null) {
    const documents = await store.documents(await known(store, { projectId, name }));
    if (json) return inJson({ documents: documents.map(documentJson) });
    const rows = documents.map(({ source, title, kind, chunks, addedAt, link }) => [
      source,
      kind,
      `${chunks}`,
      addedAt.toISOString().slice(0, 16).replace('T', ' '),
      title,
      link ?? '',
    ]);
    return {
      answer: table([['SOURCE', 'KIND', 'PASSAGES', 'ADDED', 'TITLE', 'LINK'], ...rows]),
      notices: [],
    };
  }
  const found = await store.list(projectId);
  if (json) return inJson({ knowledge: found.map(summaryJson) });
  if (found.length === 0) {
    return { answer: '', notices: ['There is no knowledge yet. Add some with "threadrelay knowledge add".'] };
  }
  const rows = found.map((each) => [
    each.name,
    each.projectId,
    `${each.documents}`,
    `${each.chunks}`,
    each.updatedAt.toISOString().slice(0, 16).replace('T', ' '),
  ]);
  return { answer: table([['NAME', 'PROJECT', 'DOCUMENTS', 'PASSAGES', 'CHANGED'], ...rows]), notices: [] };
}

/** `threadrelay knowledge remove`: these files, pages or folders of it, or all. @throws ThreadrelayError `not_found` */
export async function removeKnowledge(
  store: KnowledgeStore,
  ref: KnowledgeRef,
  sources: readonly string[],
  at: Date,
): Promise<Said> {
  const documents = await store.documents(await known(store, ref));
  const named = sources.map((source) => source.replace(/\/+$/, ''));
  const gone =
    named.length === 0
      ? documents
      : documents.filter(({ source }) =>
          named.some((name) => source === name || source.startsWith(`${name}/`)),
        );
  if (gone.length === 0) {
    throw new ThreadrelayError(
      'not_found',
      `"${ref.name}" has nothing of ${named.map((name) => `"${name}"`).join(', ')}. "threadrelay knowledge list ${ref.name}" shows what it has.`,
    );
  }
  const removed = await store.remove(
    ref,
    gone.map(({ id }) => id),
    at,
  );
  return { answer: `Removed ${removed} of ${documents.length} documents of "${ref.name}".`, notices: [] };
}

/** `threadrelay knowledge search`. @throws ThreadrelayError `not_found` */
export async function searchKnowledge(
  { store, search }: { store: KnowledgeStore; search: KnowledgeSearch },
  ref: KnowledgeRef,
  { text, limit, json }: { text: string; limit: number; json: boolean },
): Promise<Said> {
  await known(store, ref);
  const passages = await search.search(ref.projectId, [ref.name], { text, limit });
  if (json) return inJson({ passages: passages.map(passageJson) });
  if (passages.length === 0) return { answer: '', notices: ['Nothing was found. Try other words.'] };
  const shown = passages.map((passage, index) => {
    const { source, line, link, text: found } = passage;
    return `${index + 1}. ${labelOf(passage)}\n   ${link ?? `${source}:${line}`}\n\n${indented(found)}`;
  });
  return { answer: shown.join('\n\n'), notices: [] };
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '   ');
}

async function known(store: KnowledgeStore, ref: KnowledgeRef): Promise<KnowledgeRef> {
  const all = await store.list(ref.projectId);
  if (all.some(({ name }) => name === ref.name)) return ref;
  const names = all.map(({ name }) => `"${name}"`).join(', ');
  throw new ThreadrelayError(
    'not_found',
    `There is no knowledge "${ref.name}" in the project "${ref.projectId}". ${names === '' ? 'Add some with "threadrelay knowledge add".' : `It has ${names}.`}`,
  );
}

function inJson(value: unknown): Said {
  return { answer: JSON.stringify(value, null, 2), notices: [] };
}

function documentJson({ source, kind, title, link, chunks, addedAt }: KnowledgeDocument) {
  return { source, kind, title, link, passages: chunks, added_at: addedAt };
}

function summaryJson({ name, projectId, documents, chunks, updatedAt }: KnowledgeSummary) {
  return { name, project: projectId, documents, passages: chunks, changed_at: updatedAt };
}

function passageJson({ title, heading, link, source, line, text, score }: Passage) {
  return { title, heading, link, source, line, text, score };
}
