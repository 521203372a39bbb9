import {
  ANSWERING,
  answerChunk,
  answerMessage,
  chunkMetadata,
  type FrameDraft,
  messageMetadata,
  STATE_AFTER,
  type StreamedOutcome,
  type StreamedRun,
} from './frame.ts';
import type { Told } from './told.ts';

/** What a reader has got when its run has ended. */
export type HeardBefore = {
  /** What the newest attempt told; null when the stream held nothing of the run any more. */
  told: Told | null;
  /** The reader began with an earlier reading, of which this one does not know all. */
  isResumed: boolean;
  /** Where the reader stands, when the stream did not tell that nothing comes between that and the outcome. */
  open: string | null;
};

/**
 * The last frames of a run, the same for everybody but for what the stream did not hold, which is made good here: the
 * rest of a text of which the end was not heard, or all of it. Always as many, `end` being the last. Pure.
 */
export function outcomeFrames(before: HeardBefore, outcome: StreamedOutcome, run: StreamedRun): FrameDraft[] {
  const { told, isResumed, open } = before;
  const { answer, error } = outcome;
  const rest = answer === null ? null : restOf(answer, before);
  // A stream that ends without a word of the end has lost something for sure when text is missing.
  const isMissing = open !== null && (told === null || rest !== null);
  const isDescribed = told?.begun === true && told.messageId === answer?.id;
  return [
    {
      mode: null,
      event: 'gap',
      data: isMissing ? () => ({ from: open, to: `${outcome.fence}-end` }) : null,
    },
    {
      mode: null,
      event: 'metadata',
      data: told === null && !isResumed ? () => ({ run_id: run.id, attempt: outcome.attempt }) : null,
    },
    {
      mode: 'messages-tuple',
      event: 'messages',
      data: rest === null ? null : () => [rest, chunkMetadata(run)],
    },
    messageMetadata(answer === null || isDescribed ? null : answer.id, run),
    {
      mode: 'messages',
      event: 'messages/complete',
      data: answer === null ? null : () => [answerMessage(answer)],
    },
    {
      mode: 'updates',
      event: 'updates',
      data: answer === null ? null : () => ({ [ANSWERING]: { messages: [answerMessage(answer)] } }),
    },
    { mode: 'values', event: 'values', data: outcome.hasState ? () => STATE_AFTER : null },
    { mode: null, event: 'error', data: error === null ? null : () => error },
    { mode: null, event: 'end', data: () => ({ run_id: run.id, status: outcome.status }) },
  ];
}

/**
 * What of the answer a reader of chunks is still to get. One that may have had a part of it gets the whole message, which
 * is no chunk: it stands in place of what was sent under its id before. Of a text that ended before what the stream still
 * holds, readers have had the rest, or were told of the gap.
 */
function restOf(answer: NonNullable<StreamedOutcome['answer']>, { told, isResumed }: HeardBefore) {
  // Of an attempt of which only the end is left, nobody knows which message it was in.
  const isUnknown = told !== null && !told.begun && told.heardTo === null;
  const isSame = isUnknown || (told !== null && told.messageId === answer.id);
  if (isResumed && !isSame) return answerMessage(answer);
  const rest = answer.text.slice(isSame ? (told?.heardTo ?? answer.text.length) : 0);
  return rest === '' ? null : answerChunk(answer.id, rest);
}
