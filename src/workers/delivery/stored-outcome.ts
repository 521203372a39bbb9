import { isWaiting } from '../../core/approval/approval.ts';
import { approvalButtons, approvalText, type ButtonPair } from '../../core/approval/approval-text.ts';
import { outcomeText } from '../../core/deliveries/outcome-text.ts';
import type { MessageStore, RunStore } from '../../core/ports.ts';
import { isTerminal } from '../../core/runs/run-lifecycle.ts';
import type { RunRef } from '../../core/runs/run.ts';

/**
 * What people are to read of a run in the end, as Markdown, or with the calls to be decided while it waits for them; null
 * while it goes on.
 */
export async function storedOutcome(
  stores: { runs: RunStore; messages: MessageStore },
  ref: RunRef,
  now: Date,
): Promise<{ text: string; endedAt: Date | null; asks: ButtonPair[] } | null> {
  const run = await stores.runs.find(ref);
  // Its thread was deleted for good: nothing of it is to be seen.
  if (run === null) return { text: '', endedAt: null, asks: [] };
  if (!isTerminal(run.status)) {
    if (run.status !== 'queued' || !isWaiting(run.approval, now)) return null;
    const asks = approvalButtons(run.approval, now);
    return { text: approvalText(run.approval, now), endedAt: null, asks };
  }
  const lastId = run.messageIds.at(-1);
  const said = lastId === undefined ? null : await stores.messages.find(ref.threadId, lastId);
  return { text: outcomeText(run, said), endedAt: run.endedAt, asks: [] };
}
