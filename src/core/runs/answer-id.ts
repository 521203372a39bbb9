import type { RunLease } from './run.ts';

/**
 * The id of the message that an attempt says. Made of the attempt's own, so that a reader whose stream has lost the
 * attempt's beginning still knows which message the text belongs to.
 */
export function answerIdOf({ runId, fence }: Pick<RunLease, 'runId' | 'fence'>): string {
  return `${runId}-${fence}`;
}
