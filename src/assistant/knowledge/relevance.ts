/** A chunk as the index keeps it: terms, with a space between two. */
export type Fields = { title: string; heading: string; text: string };

export const FIELDS = ['title', 'heading', 'text'] as const satisfies readonly (keyof Fields)[];

/** A word that is looked for: how much it counts, and how many chunks have it, by field. */
export type AskedTerm = {
  term: string;
  weight: number;
  chunks: Record<keyof Fields, number>;
  /** Where no chunk has it: what they may have in its place. */
  near: readonly AskedTerm[];
};

/** Of all chunks: how many there are, and how many terms they have together, by field. */
export type Statistics = { chunks: number; lengths: Record<keyof Fields, number> };

/** Words of a title or heading say what the text below is about. */
const BOOST: Record<keyof Fields, number> = { title: 1.5, heading: 2.5, text: 1 };

/**
 * Of BM25+ (Lv and Zhai, "Lower-Bounding Term Frequency Normalization", CIKM 2011): how soon another occurrence adds
 * nothing, how much a long field is held against itself, and what one occurrence is worth at the least.
 */
const K1 = 1.2;
const B = 0.7;
const DELTA = 0.5;

/**
 * How well a chunk answers, higher is better: BM25+ of each field, times how many of the words it has. Comparable among the
 * chunks of one index only. Pure.
 */
export function relevance(terms: readonly AskedTerm[], fields: Fields, statistics: Statistics): number {
  const all = terms.flatMap((each) => [each, ...each.near]);
  const scores = new Map<string, number>();
  for (const field of FIELDS) {
    const words = termsIn(fields[field]);
    const average = statistics.lengths[field] / Math.max(1, statistics.chunks);
    const norm = K1 * (1 - B + (B * words.length) / Math.max(1, average));
    for (const [term, count] of countsOf(all, words)) {
      const idf = rarity(term.chunks[field], statistics.chunks);
      const score = BOOST[field] * term.weight * idf * (DELTA + (count * (K1 + 1)) / (count + norm));
      scores.set(term.term, (scores.get(term.term) ?? 0) + score);
    }
  }
  return scores.size * [...scores.values()].reduce((sum, score) => sum + score, 0);
}

/**
 * The share of the words that a chunk has, rare ones counting more, from 0 to 1. One that no chunk has, as a ticket's
 * number, may be of no matter or the whole question: it counts as much as the others on average. One that is only there as
 * the beginning of another, or written otherwise, may be another word: it counts half. Pure.
 */
export function coverageOf(terms: readonly AskedTerm[], fields: Fields, statistics: Statistics): number {
  const has = new Set(FIELDS.flatMap((field) => termsIn(fields[field])));
  const found = terms.map((term) => Math.max(...[term, ...term.near].map(mostChunks)));
  const known = found.filter((chunks) => chunks > 0).map((chunks) => rarity(chunks, statistics.chunks));
  const usual = sumOf(known) / Math.max(1, known.length);
  const weights = found.map((chunks) => (chunks > 0 ? rarity(chunks, statistics.chunks) : usual));
  const all = sumOf(weights);
  const got = terms.map(({ term, near }, index) => {
    const weight = weights[index] ?? 0;
    if (has.has(term)) return weight;
    return near.some((each) => has.has(each.term)) ? weight / 2 : 0;
  });
  return all === 0 ? 0 : sumOf(got) / all;
}

/** Inverse document frequency, never negative. */
function rarity(having: number, total: number): number {
  return Math.log(1 + (Math.max(0, total - having) + 0.5) / (having + 0.5));
}

function mostChunks({ chunks }: AskedTerm): number {
  return Math.max(...FIELDS.map((field) => chunks[field]));
}

/** The terms of a field. */
export function termsIn(terms: string): string[] {
  return terms === '' ? [] : terms.split(' ');
}

function countsOf(terms: readonly AskedTerm[], words: readonly string[]): Map<AskedTerm, number> {
  const byTerm = new Map(terms.map((term) => [term.term, term]));
  const counts = new Map<AskedTerm, number>();
  for (const word of words) {
    const term = byTerm.get(word);
    if (term !== undefined) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return counts;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
