import { untilAtRest } from '../../../core/streaming/run-feed.ts';
import { readOutcome, readValuesAt } from '../queries/read-outcome.ts';
import type { FollowedRun } from './followed-run.ts';
import type { LongAnswer } from './long-answers.ts';
import type { StreamParts } from './stream-run.ts';

/** Answers the state as a run left it once it is at rest, or why it failed, in the words of the SDK. */
export async function answerWithOutcome(
  parts: StreamParts,
  answer: LongAnswer,
  run: FollowedRun,
): Promise<void> {
  const rested = await untilAtRest(parts, run, answer.signal);
  if (answer.signal.aborted) return;
  if (rested === null) {
    return answer.end(failure('not_found', 'The thread was deleted, and its run with it.'));
  }
  const { outcome, lastSeq, interruption } = await readOutcome(parts, rested);
  const { error } = outcome;
  answer.end(
    error === null
      ? JSON.stringify({ ...(await readValuesAt(parts, run.threadId, lastSeq)), ...interruption })
      : failure(error.error, error.message),
  );
}

function failure(error: string, message: string): string {
  return JSON.stringify({ __error__: { error, message } });
}
