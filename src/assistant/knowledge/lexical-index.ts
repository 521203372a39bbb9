import MiniSearch, { type SearchOptions } from 'minisearch';
import type { KnowledgeChunk, KnowledgeDocument } from '../../core/knowledge/knowledge.ts';
import { termOf, wordsOf } from './terms.ts';

export type LexicalHit = { id: string; score: number; coverage: number };

export type LexicalIndex = {
  add(document: KnowledgeDocument, chunk: KnowledgeChunk): void;
  remove(chunkId: string): void;
  /** Best first. */
  search(text: string, context: string | undefined, limit: number): LexicalHit[];
};

/** Words of a title or heading say what the text below is about. */
const BOOST = { title: 1.5, heading: 2.5, text: 1 };

/** Where no chunk has a word: one that only begins like it, or is written a little otherwise, counts this much of it. */
const WEIGHTS = { prefix: 0.3, fuzzy: 0.2 };

/** Shorter words have too many that begin like them, or are one letter away. */
const MIN_INEXACT_LENGTH = 5;

/** What was said before the question counts this much of it. */
const CONTEXT_WEIGHT = 0.25;

/** Words of one question that are searched for, first ones first; a pasted log has thousands. */
const MAX_QUERY_TERMS = 32;

/** BM25+ over the chunks of one knowledge, in memory: postings alone, no texts. */
export function createLexicalIndex(): LexicalIndex {
  const vocabulary = new Set<string>();
  const isUnknown = (term: string) => term.length >= MIN_INEXACT_LENGTH && !vocabulary.has(term);
  const index = new MiniSearch<{ id: string; title: string; heading: string; text: string }>({
    fields: ['title', 'heading', 'text'],
    tokenize: wordsOf,
    processTerm(word) {
      const term = termOf(word);
      if (term !== null) vocabulary.add(term);
      return term;
    },
    searchOptions: {
      boost: BOOST,
      combineWith: 'OR',
      tokenize: (text) => text.split(' '),
      processTerm: (term) => term,
    },
  });
  const inexact: SearchOptions = {
    prefix: isUnknown,
    fuzzy: (term) => (isUnknown(term) ? 1 : false),
    weights: WEIGHTS,
  };
  return {
    add: ({ title }, { id, heading, text }) => index.add({ id, title, heading, text }),
    remove: (chunkId) => index.discard(chunkId),
    search(text, context, limit) {
      const asked = uniqueTerms(text);
      const before =
        context === undefined ? [] : uniqueTerms(context).filter((term) => !asked.includes(term));
      if (asked.length === 0 && before.length === 0) return [];
      const results = index.search(
        {
          queries: [
            { queries: [asked.join(' ')], ...inexact },
            { queries: [before.join(' ')], ...inexact, boostTerm: () => CONTEXT_WEIGHT },
          ],
        },
        {},
      );
      const weights = rarities(asked.length > 0 ? asked : before, results, index.documentCount);
      return results.slice(0, limit).map(({ id, score, queryTerms, terms }) => ({
        id: String(id),
        score,
        coverage: covered(weights, queryTerms, terms),
      }));
    },
  };
}

function uniqueTerms(text: string): string[] {
  const terms = wordsOf(text).flatMap((word) => termOf(word) ?? []);
  return [...new Set(terms)].slice(0, MAX_QUERY_TERMS);
}

/**
 * How rare each word of the question is among all chunks. One that none has, as a ticket's number, may be of no matter or
 * the whole question: it counts as much as the others on average.
 */
function rarities(
  terms: readonly string[],
  results: readonly { queryTerms: string[] }[],
  total: number,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { queryTerms } of results) {
    for (const term of queryTerms) found.set(term, (found.get(term) ?? 0) + 1);
  }
  const known = terms.filter((term) => found.has(term));
  const weights = known.map((term) => Math.log(1 + total / (1 + (found.get(term) ?? 0))));
  const usual = weights.reduce((sum, weight) => sum + weight, 0) / Math.max(1, weights.length);
  return new Map(terms.map((term) => [term, weights[known.indexOf(term)] ?? usual]));
}

/** A word that was only found as the beginning of another, or written otherwise, may be another word: it counts half. */
function covered(
  weights: ReadonlyMap<string, number>,
  matched: readonly string[],
  exactly: readonly string[],
): number {
  let all = 0;
  let got = 0;
  for (const [term, weight] of weights) {
    all += weight;
    if (exactly.includes(term)) got += weight;
    else if (matched.includes(term)) got += weight / 2;
  }
  return all === 0 ? 0 : got / all;
}
