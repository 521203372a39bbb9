import type { Message } from '../../core/messages/message.ts';
import type { LongThreadStore, MessageStore } from '../../core/ports.ts';
import type { TokenUsage } from '../../core/runs/run.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { transcriptLine, type Summarise } from './summarise.ts';

/** A summary is extended when so many steps of the thread are after it: before a run stops reading the oldest of them. */
export const MOST_STEPS_UNSUMMARISED = 160;
/** And so many of the newest are left out of it: with both, it is made anew for every 80 messages, not for each. */
export const STEPS_LEFT_UNSUMMARISED = 80;
/** The same as shares of what the messages may take in tokens. */
export const MOST_SHARE_UNSUMMARISED = 0.8;
export const SHARE_LEFT_UNSUMMARISED = 0.5;
/** Steps that one run folds into it, so that a thread of 10,000 messages costs a run no more than one of 200. */
const BATCH_STEPS = 200;
/** A summary that takes longer is given up and tried again in the next run. */
const SUMMARY_MS = 60_000;
/** The most that a summary says; a tenth of what the messages may take, where that is less. */
const MOST_SUMMARY_TOKENS = 1_500;

export type SummaryParts = {
  threads: LongThreadStore;
  messages: Pick<MessageStore, 'between'>;
  summarise: Summarise;
  /** Names what writes it. */
  model: string | null;
};

/** The last step that is to be in the summary; null while what is after it is little enough. Pure. */
export function summaryEnd(
  fresh: readonly { seq: number; tokens: number }[],
  { upToSeq, ordinal, budget }: { upToSeq: number; ordinal: number; budget: number },
): number | null {
  const tokens = fresh.reduce((total, each) => total + each.tokens, 0);
  const isFew = ordinal - upToSeq <= MOST_STEPS_UNSUMMARISED;
  if (isFew && tokens <= budget * MOST_SHARE_UNSUMMARISED) return null;
  let left = 0;
  const last = fresh.toReversed().find((each) => {
    left += each.tokens;
    return left > budget * SHARE_LEFT_UNSUMMARISED || ordinal - each.seq >= STEPS_LEFT_UNSUMMARISED;
  });
  const end = last?.seq ?? (isFew ? upToSeq : ordinal - STEPS_LEFT_UNSUMMARISED);
  return end > upToSeq ? end : null;
}

/**
 * Folds the messages after the thread's summary, up to the step `end`, into it; of many, one batch. Answers what the model
 * took. @throws when it could not be made or kept
 */
export async function extendSummary(
  { threads, messages, summarise, model }: SummaryParts,
  { threadId, end, budget }: { threadId: string; end: number; budget: number },
  signal: AbortSignal,
): Promise<TokenUsage | null> {
  const summary = await threads.beginSummary(threadId);
  if (summary === null || summary.upToSeq >= end) return null;
  const upTo = Math.min(end, summary.upToSeq + BATCH_STEPS);
  const read = await messages.between(threadId, summary.upToSeq, upTo);
  const batch = firstWithin(
    read.filter(({ redactedAt }) => redactedAt === null),
    budget / 2,
  );
  const isAll = batch.length === read.filter(({ redactedAt }) => redactedAt === null).length;
  const upToSeq = isAll ? upTo : (batch.at(-1)?.seq ?? upTo);
  const maxTokens = Math.min(MOST_SUMMARY_TOKENS, Math.floor(budget / 10));
  const made =
    batch.length === 0
      ? { text: summary.text, usage: null }
      : await summarise(
          { text: summary.text, messages: batch, maxTokens },
          AbortSignal.any([signal, AbortSignal.timeout(SUMMARY_MS)]),
        );
  await threads.saveSummary({
    ...summary,
    upToSeq,
    messages: summary.messages + batch.length,
    text: made.text,
    tokens: estimateTokens(made.text),
    model,
  });
  return made.usage;
}

/** The first messages whose lines take at most so many tokens; one at least. */
function firstWithin(messages: readonly Message[], mostTokens: number): Message[] {
  let total = 0;
  const beyond = messages.findIndex((message, index) => {
    total += estimateTokens(transcriptLine(message));
    return index > 0 && total > mostTokens;
  });
  return beyond === -1 ? [...messages] : messages.slice(0, beyond);
}
