import type { Message } from '../messages/message.ts';
import { isBlank } from '../rendering/sanitise.ts';
import type { Run } from '../runs/run.ts';

/**
 * What people finally read of an ended run, as Markdown: its answer, the part of it that was said before it was
 * stopped, or an honest error. Empty when nothing is to stay: a rollback, or a stop before the first word.
 */
export function outcomeText(run: Pick<Run, 'status' | 'error'>, answer: Message | null): string {
  switch (run.status) {
    case 'succeeded':
      if (answer === null || answer.redactedAt !== null) return '';
      return isBlank(answer.text) ? '_(The assistant had nothing to say.)_' : answer.text;
    case 'cancelled':
      if (answer === null || answer.redactedAt !== null || isBlank(answer.text)) return '';
      return `${answer.text.trimEnd()}\n\n_(stopped)_`;
    case 'failed':
    case 'timed_out':
      return `⚠️ ${run.error?.message ?? 'Something went wrong on our side. Send your message again to retry.'}`;
    case 'queued':
    case 'running':
      return '';
  }
}

/** Shown when the platform refuses the answer itself. */
export const UNSHOWABLE =
  '⚠️ The answer is ready, but this platform refused to show it. Ask for a shorter one, or in other words.';
