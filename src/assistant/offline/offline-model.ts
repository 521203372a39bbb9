import type { Clock } from '../../core/clock.ts';
import type { Passage } from '../../core/knowledge/knowledge.ts';
import type { KnowledgeQuery, Model, ModelRequest } from '../../core/ports.ts';
import { createPace } from '../pace.ts';

export type OfflineModelParts = {
  /** Milliseconds between two words. */
  delayMs: number;
  /** Names of the assistant's knowledges. */
  knowledge: readonly string[];
  search(query: KnowledgeQuery, signal: AbortSignal): Promise<Passage[]>;
  /** Whether any of them has been filled. */
  isFilled(): Promise<boolean>;
  clock: Pick<Clock, 'now' | 'sleep'>;
};

/** Passages that sentences are taken of. */
const PASSAGES = 8;

/** When no passage has more of the question than this, they are about something else, and nothing is known. */
const LEAST_COVERAGE = 0.4;

/** Of a question of few words each matters more. */
const LEAST_COVERAGE_OF_FEW = 0.6;

/** Passages that have less than this part of what the best one has are not quoted beside it. */
const LEAST_OF_BEST = 0.6;

/** A question of fewer words that tell something leans on the one before it. */
const FEW_TERMS = 4;

/**
 * A model without a model: it is extractive. It finds the passages of the assistant's knowledge that have most of the last
 * question, answers with their sentences, word by word, and names its sources. It makes up no sentence of its own but
 * for saying that it knows nothing. Tools are not used.
 */
export function createOfflineModel(parts: OfflineModelParts): Model {
  return {
    async *stream(request, signal) {
      const text = await answerTo(request, parts, signal);
      const pieces = text.match(/\s*\S+\s*/g) ?? [];
      const pace = createPace(parts.clock);
      let spoken = 0;
      for (const delta of pieces) {
        if (spoken > 0) await pace(parts.delayMs);
        if (signal.aborted) return;
        spoken += 1;
        yield { type: 'text', delta };
      }
      const inputTokens = request.messages.reduce(
        (sum, message) => sum + message.text.split(/\s+/).length,
        0,
      );
      yield { type: 'usage', usage: { inputTokens, outputTokens: spoken }, model: 'offline' };
      yield { type: 'finish', reason: 'stop' };
    },
  };
}

async function answerTo(
  request: ModelRequest,
  { knowledge, search, isFilled }: OfflineModelParts,
  signal: AbortSignal,
): Promise<string> {
  const [{ termsOf }, { chooseStatements }, { composeAnswer }] = await Promise.all([
    import('../knowledge/terms.ts'),
    import('./choose-statements.ts'),
    import('./compose-answer.ts'),
  ]);
  const { question, before } = questionOf(request);
  const terms = [...new Set(termsOf(question))];
  const context = terms.length < FEW_TERMS ? before : null;
  if (terms.length > 0 || context !== null) {
    const query = { text: question, limit: PASSAGES, ...(context === null ? {} : { context }) };
    const passages = await search(query, signal);
    const least = terms.length < FEW_TERMS ? LEAST_COVERAGE_OF_FEW : LEAST_COVERAGE;
    const best = Math.max(0, ...passages.map(({ coverage }) => coverage));
    const fitting = best < least ? [] : passages.filter(({ coverage }) => coverage >= best * LEAST_OF_BEST);
    const asked = terms.length > 0 ? terms : [...new Set(termsOf(context ?? ''))];
    const quotes = chooseStatements(asked, fitting);
    if (quotes.length > 0) return composeAnswer(quotes);
  }
  return nothingFound(knowledge, await isFilled());
}

/** What people said since the last answer, and what was asked before it. */
function questionOf({ messages }: ModelRequest): { question: string; before: string | null } {
  const answered = messages.findLastIndex(({ role }) => role === 'ai');
  const question = messages.slice(answered + 1).filter(({ role }) => role === 'human');
  const before = messages.slice(0, answered + 1).findLast(({ role }) => role === 'human');
  return { question: question.map(({ text }) => text).join('\n'), before: before?.text ?? null };
}

function nothingFound(knowledge: readonly string[], isFilled: boolean): string {
  if (knowledge.length === 0) {
    return 'I know nothing yet: this assistant has no `knowledge` in its configuration, and I only quote from that.';
  }
  const names = knowledge.map((name) => `"${name}"`).join(' and ');
  if (!isFilled) {
    return `I know nothing yet: my knowledge ${names} is empty. Fill it with \`npx threadrelay knowledge add FOLDER --to ${knowledge[0]}\`, then ask again.`;
  }
  return `I found nothing about this in my knowledge (${names}), and I only quote from that. Try other words, or ask a person.`;
}
