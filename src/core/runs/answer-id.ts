import type { RunLease } from './run.ts';

/**
 * The id of the message that an attempt says. Made of the attempt's own, so that a reader whose stream has lost the
 * attempt's beginning still knows which message the text belongs to.
 */
export function answerIdOf({ runId, fence }: Pick<RunLease, 'runId' | 'fence'>): string {
  return `${runId}-${fence}`;
}

/** The id of the message that follows one of an attempt: `<id>.1` after the first, and so on. */
export function messageIdAfter(id: string): string {
  const [, answerId = id, number = '0'] = /^(.*)\.(\d+)$/.exec(id) ?? [];
  return `${answerId}.${Number(number) + 1}`;
}
