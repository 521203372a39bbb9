import { DatabaseSync } from 'node:sqlite';
import SearchableMap from 'minisearch/SearchableMap';
import type { KnowledgeChunk, KnowledgeDocument } from '../../core/knowledge/knowledge.ts';
import {
  type AskedTerm,
  coverageOf,
  FIELDS,
  type Fields,
  relevance,
  type Statistics,
  termsIn,
} from './relevance.ts';
import { termOf, termsOf, wordsOf } from './terms.ts';

export type LexicalHit = { id: string; score: number; coverage: number };

export type LexicalIndex = {
  add(entries: readonly { document: KnowledgeDocument; chunk: KnowledgeChunk }[]): void;
  remove(chunkIds: readonly string[]): void;
  /** Best first. `context` is what was said before the question. */
  search(text: string, context: string | undefined, limit: number): LexicalHit[];
};

/** Where no chunk has a word: one that only begins like it, or is a letter away from it, counts this much of it. */
const NEAR_WEIGHT = 0.3;

/** So many of those are looked for, the shortest. */
const MAX_NEAR_TERMS = 16;

/** Shorter words have too many that begin like them, or are one letter away. */
const MIN_NEAR_LENGTH = 5;

/** What was said before the question counts this much of it. */
const CONTEXT_WEIGHT = 0.25;

/** Words of one question that are searched for, first ones first; a pasted log has thousands. */
const MAX_QUERY_TERMS = 32;

/**
 * A search goes through so many chunks for all its words together, or through those of its rarest word if they are more.
 * Rare words come first: in a large knowledge, those that are left out tell little beside them.
 */
const MAX_POSTINGS = 10_000;

/** Chunks that SQLite finds best, of which the order is then made anew with all words of the question. */
const CANDIDATES = 200;

const SCHEMA = `
  CREATE VIRTUAL TABLE chunks USING fts5(id UNINDEXED, ${FIELDS.join(', ')}, tokenize='ascii');
  CREATE VIRTUAL TABLE terms USING fts5vocab(chunks, col);
`;

/** The chunks of one knowledge by their words, in SQLite in memory. Freed with its last reference. */
export function createLexicalIndex(): LexicalIndex {
  const database = new DatabaseSync(':memory:');
  database.exec(SCHEMA);
  const insert = database.prepare('INSERT INTO chunks (id, title, heading, text) VALUES (?, ?, ?, ?)');
  const drop = database.prepare('DELETE FROM chunks WHERE rowid = ?');
  const match = database.prepare(
    'SELECT rowid FROM chunks WHERE chunks MATCH ? ORDER BY bm25(chunks) LIMIT ?',
  );
  const read = database.prepare('SELECT id, title, heading, text FROM chunks WHERE rowid = ?');
  const countTerm = database.prepare('SELECT col, doc FROM terms WHERE term = ?');
  const rows = new Map<string, number>();
  /** Words of all chunks together, by field. */
  const lengths: Record<keyof Fields, number> = { title: 0, heading: 0, text: 0 };
  /** Terms that were ever added, and the same as a tree for what is near them. */
  const vocabulary = new Set<string>();
  const tree = new SearchableMap<true>();

  function spelled(text: string): string {
    const terms = termsOf(text);
    for (const term of terms) {
      if (vocabulary.has(term)) continue;
      vocabulary.add(term);
      tree.set(term, true);
    }
    return terms.join(' ');
  }

  function together(change: () => void): void {
    database.exec('BEGIN');
    change();
    database.exec('COMMIT');
  }

  function measure(fields: Fields, sign: 1 | -1): void {
    for (const field of FIELDS) lengths[field] += sign * termsIn(fields[field]).length;
  }

  function look(term: string, weight: number): AskedTerm {
    const chunks: Record<keyof Fields, number> = { title: 0, heading: 0, text: 0 };
    for (const { col, doc } of countTerm.all(term)) {
      const field = FIELDS.find((each) => each === col);
      if (field !== undefined) chunks[field] = Number(doc);
    }
    return { term, weight, chunks, near: [] };
  }

  function near(term: string, weight: number): AskedTerm[] {
    if (term.length < MIN_NEAR_LENGTH) return [];
    const found = [...tree.atPrefix(term).keys(), ...tree.fuzzyGet(term, 1).keys()];
    return [...new Set(found)]
      .toSorted((left, right) => left.length - right.length)
      .slice(0, MAX_NEAR_TERMS)
      .map((each) => look(each, weight * NEAR_WEIGHT))
      .filter(isKnown);
  }

  function ask(text: string, weight: number): AskedTerm[] {
    return uniqueTerms(text).map((term) => {
      const asked = look(term, weight);
      return isKnown(asked) ? asked : { ...asked, near: near(term, weight) };
    });
  }

  function candidatesFor(terms: readonly AskedTerm[]): number[] {
    const query = affordable(terms.flatMap((each) => [each, ...each.near]));
    if (query.length === 0) return [];
    const expression = query.map(({ term }) => `"${term}"`).join(' OR ');
    return match.all(expression, CANDIDATES).map(({ rowid }) => Number(rowid));
  }

  function readRow(row: number): { id: string; fields: Fields } {
    const { id, title, heading, text } = read.get(row) ?? {};
    return {
      id: String(id),
      fields: { title: String(title), heading: String(heading), text: String(text) },
    };
  }

  return {
    add: (entries) =>
      together(() => {
        for (const { document, chunk } of entries) {
          const fields = {
            title: spelled(document.title),
            heading: spelled(chunk.heading),
            text: spelled(chunk.text),
          };
          const { lastInsertRowid } = insert.run(chunk.id, fields.title, fields.heading, fields.text);
          rows.set(chunk.id, Number(lastInsertRowid));
          measure(fields, 1);
        }
      }),
    remove: (chunkIds) =>
      together(() => {
        for (const id of chunkIds) {
          const row = rows.get(id);
          if (row === undefined) continue;
          measure(readRow(row).fields, -1);
          drop.run(row);
          rows.delete(id);
        }
      }),
    search(text, context, limit) {
      const asked = ask(text, 1);
      const isNew = ({ term }: AskedTerm) => !asked.some((each) => each.term === term);
      const before = context === undefined ? [] : ask(context, CONTEXT_WEIGHT).filter(isNew);
      const statistics: Statistics = { chunks: rows.size, lengths };
      const candidates = new Set([...candidatesFor(asked), ...candidatesFor(before)]);
      const ranked = [...candidates].map((row) => {
        const { id, fields } = readRow(row);
        return { id, fields, score: relevance([...asked, ...before], fields, statistics) };
      });
      return ranked
        .toSorted((left, right) => right.score - left.score)
        .slice(0, limit)
        .map(({ id, fields, score }) => ({
          id,
          score,
          coverage: coverageOf(asked.length > 0 ? asked : before, fields, statistics),
        }));
    },
  };
}

function uniqueTerms(text: string): string[] {
  const terms = wordsOf(text).flatMap((word) => termOf(word) ?? []);
  return [...new Set(terms)].slice(0, MAX_QUERY_TERMS);
}

function isKnown({ chunks }: AskedTerm): boolean {
  return FIELDS.some((field) => chunks[field] > 0);
}

/** The rarest first, as many as MAX_POSTINGS allows, and one in any case. */
function affordable(terms: readonly AskedTerm[]): AskedTerm[] {
  const postings = ({ chunks }: AskedTerm) => FIELDS.reduce((sum, field) => sum + chunks[field], 0);
  let spent = 0;
  return terms
    .filter(isKnown)
    .toSorted((left, right) => postings(left) - postings(right))
    .filter((term, index) => {
      spent += postings(term);
      return index === 0 || spent <= MAX_POSTINGS;
    });
}
