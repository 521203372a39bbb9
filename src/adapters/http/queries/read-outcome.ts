import type { StreamedOutcome } from '../../../core/streaming/frame.ts';
import { messagesAt } from '../../../core/threads/state-at.ts';
import type { Metadata } from '../../../core/threads/thread.ts';
import type { Run } from '../../../core/runs/run.ts';
import type { ApiParts } from '../api-parts.ts';
import { presentRunStatus } from '../present/run.ts';
import { presentValues, type StateValues } from '../present/state.ts';

type Parts = Pick<ApiParts, 'messages' | 'state'>;

/** The state of a thread as it was after a step, as streams and `wait` give it. `custom` are its custom values, where known. */
export async function readValuesAt(
  parts: Parts,
  threadId: string,
  seq: number,
  custom: Metadata | null = null,
): Promise<StateValues> {
  const [messages, values] = await Promise.all([
    parts.messages.between(threadId, 0, seq),
    custom ?? parts.state.valuesAt(threadId, seq),
  ]);
  return presentValues(values, messagesAt(messages, seq));
}

/** How a run ended, and the step that it left its thread at: that of its answer, else the one that it began with. */
export async function readOutcome(
  { messages }: Parts,
  run: Run,
): Promise<{ outcome: StreamedOutcome; lastSeq: number }> {
  const lastId = run.messageIds.at(-1);
  const said = lastId === undefined ? null : await messages.find(run.threadId, lastId);
  const isThere = said !== null && said.redactedAt === null;
  return {
    outcome: {
      fence: run.fence,
      attempt: Math.max(1, run.attempt),
      status: presentRunStatus(run.status),
      error: run.error === null ? null : { error: run.error.code, message: run.error.message },
      answer: isThere ? { id: said.id, text: said.text, toolCalls: said.toolCalls } : null,
      hasState: true,
    },
    lastSeq: said?.seq ?? run.ordinal,
  };
}
