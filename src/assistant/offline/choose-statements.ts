import type { Passage } from '../../core/knowledge/knowledge.ts';
import { termsOf } from '../knowledge/terms.ts';
import { type Statement, statementsOf } from './statements.ts';

/** A passage with what is quoted of it, in its order. */
export type Quote = { passage: Passage; statements: Statement[] };

/** Statements of one answer, and their characters: people read a chat, not a page. */
const MAX_STATEMENTS = 5;
const MAX_CHARACTERS = 1_000;

/** A statement that scores less than this part of the best one is left out. */
const LEAST_OF_BEST = 0.4;

/** What its headings say counts this much of what a statement says itself. */
const HEADING_WEIGHT = 0.4;

/** What an earlier statement of the answer has said already counts this much. */
const REPEATED_WEIGHT = 0.35;

/** Words of a usual sentence; longer ones hold more words of any question. */
const USUAL_WORDS = 25;

/** The first statement below a heading says what the rest is about. */
const FIRST_WEIGHT = 1.3;

/** A shorter answer goes on with what stands next in its best passage: one sentence torn out seldom answers. */
const FEW_CHARACTERS = 320;

type Candidate = {
  rank: number;
  position: number;
  passage: Passage;
  statement: Statement;
  own: ReadonlySet<string>;
  above: ReadonlySet<string>;
};

/**
 * The statements of the passages that say the most of what is asked, each adding something to those before. Passages come
 * best first. Empty when none shares a word with the question. Pure.
 */
export function chooseStatements(asked: readonly string[], passages: readonly Passage[]): Quote[] {
  const candidates = passages.flatMap((passage, rank) => candidatesOf(passage, rank));
  const weights = rarities(asked, candidates);
  const best = passages[0]?.score ?? 0;
  const chosen: Candidate[] = [];
  const said = new Set<string>();
  let characters = 0;
  let first = 0;
  while (chosen.length < MAX_STATEMENTS) {
    const [next] = candidates
      .filter((candidate) => !chosen.some(({ statement }) => statement.text === candidate.statement.text))
      .map((candidate) => ({ candidate, score: scoreOf(candidate, weights, said, best) }))
      .toSorted((left, right) => right.score - left.score);
    if (next === undefined || next.score <= 0) break;
    if (chosen.length === 0) first = next.score;
    else if (next.score < first * LEAST_OF_BEST) break;
    characters += next.candidate.statement.text.length;
    if (chosen.length > 0 && characters > MAX_CHARACTERS) break;
    chosen.push(next.candidate);
    for (const term of next.candidate.own) said.add(term);
  }
  return quotesOf(withNext(chosen, candidates));
}

function candidatesOf(passage: Passage, rank: number): Candidate[] {
  const above = new Set(termsOf(`${passage.title} ${passage.heading}`));
  return statementsOf(passage.text).map((statement, position) => ({
    rank,
    position,
    passage,
    statement,
    own: new Set(termsOf(statement.text)),
    above,
  }));
}

function rarities(asked: readonly string[], candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  return new Map(
    asked.map((term) => {
      const having = candidates.filter(({ own }) => own.has(term)).length;
      return [term, Math.log(1 + candidates.length / (1 + having))];
    }),
  );
}

function scoreOf(
  { own, above, passage, statement, position }: Candidate,
  weights: ReadonlyMap<string, number>,
  said: ReadonlySet<string>,
  best: number,
): number {
  let score = 0;
  for (const [term, weight] of weights) {
    const share = own.has(term) ? 1 : above.has(term) ? HEADING_WEIGHT : 0;
    score += weight * share * (said.has(term) ? REPEATED_WEIGHT : 1);
  }
  if (position === 0) score *= FIRST_WEIGHT;
  const words = statement.text.split(' ').length;
  const length = words < 4 ? 0.5 : Math.min(1, Math.sqrt((2 * USUAL_WORDS) / words));
  return score * length * (best > 0 ? passage.score / best : 1);
}

function withNext(chosen: readonly Candidate[], candidates: readonly Candidate[]): Candidate[] {
  const [best] = chosen;
  const all = [...chosen];
  if (best === undefined) return all;
  for (const next of candidates) {
    if (all.length >= MAX_STATEMENTS || lengthOf(all) >= FEW_CHARACTERS) break;
    const follows = next.passage === best.passage && next.position > best.position;
    if (follows && !all.includes(next)) all.push(next);
  }
  return all;
}

function lengthOf(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { statement }) => sum + statement.text.length, 0);
}

function quotesOf(chosen: readonly Candidate[]): Quote[] {
  const ordered = chosen.toSorted((left, right) => left.rank - right.rank || left.position - right.position);
  const quotes: Quote[] = [];
  for (const { passage, statement } of ordered) {
    const last = quotes.at(-1);
    if (last?.passage === passage) last.statements.push(statement);
    else quotes.push({ passage, statements: [statement] });
  }
  return quotes;
}
