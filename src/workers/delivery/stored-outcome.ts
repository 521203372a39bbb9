import { outcomeText } from '../../core/deliveries/outcome-text.ts';
import type { MessageStore, RunStore } from '../../core/ports.ts';
import { isTerminal } from '../../core/runs/run-lifecycle.ts';
import type { RunRef } from '../../core/runs/run.ts';

/** What people are to read of a run in the end, as Markdown; null while it has not ended. */
export async function storedOutcome(
  stores: { runs: RunStore; messages: MessageStore },
  ref: RunRef,
): Promise<{ text: string; endedAt: Date | null } | null> {
  const run = await stores.runs.find(ref);
  // Its thread was deleted for good: nothing of it is to be seen.
  if (run === null) return { text: '', endedAt: null };
  if (!isTerminal(run.status)) return null;
  const lastId = run.messageIds.at(-1);
  const said = lastId === undefined ? null : await stores.messages.find(ref.threadId, lastId);
  return { text: outcomeText(run, said), endedAt: run.endedAt };
}
