import type { Message } from '../../../core/messages/message.ts';
import type { RunEvent } from '../../../core/runs/run-event.ts';
import type { Run } from '../../../core/runs/run.ts';
import { isTerminal } from '../../../core/runs/run-lifecycle.ts';
import { interruptsOf } from '../../../core/streaming/interrupt.ts';
import type { StreamedOutcome } from '../../../core/streaming/frame.ts';
import { messagesAt } from '../../../core/threads/state-at.ts';
import type { Metadata } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { presentRunStatus } from '../present/run.ts';
import { presentValues, type StateValues } from '../present/state.ts';

type Parts = Pick<ApiParts, 'messages' | 'state'>;

/** The messages of a thread as they were after a step; with `after` those that came after that one alone. */
export async function readMessagesAt(
  { messages }: Pick<ApiParts, 'messages'>,
  threadId: string,
  seq: number,
  after = 0,
): Promise<Message[]> {
  return messagesAt(await messages.between(threadId, after, seq), seq);
}

/** The state of a thread as it was after a step, as streams and `wait` give it. `known` is what needs not be read. */
export async function readValuesAt(
  parts: Parts,
  threadId: string,
  seq: number,
  known: { messages?: Message[] | undefined; custom?: Metadata | null } = {},
): Promise<StateValues> {
  const [messages, custom] = await Promise.all([
    known.messages ?? readMessagesAt(parts, threadId, seq),
    known.custom ?? parts.state.valuesAt(threadId, seq),
  ]);
  return presentValues(custom, messages);
}

/** What is beside the values of a state that a run left while it waits for people, as the SDK reads it. */
export type Interruption = { __interrupt__?: ReturnType<typeof interruptsOf> };

/**
 * How a run ended or what it waits for, and the step that it left its thread at: that of its answer, else the one that it
 * began with.
 */
export async function readOutcome(
  { messages }: Parts,
  run: Run,
): Promise<{ outcome: StreamedOutcome; lastSeq: number; interruption: Interruption }> {
  if (!isTerminal(run.status)) {
    const { calls = [], expiresAt = run.availableAt } = run.approval ?? {};
    const undecided = calls.filter(({ decision }) => decision === null);
    const interruption = { __interrupt__: interruptsOf(undecided, expiresAt) };
    return { outcome: outcomeOf(run, null), lastSeq: run.ordinal, interruption };
  }
  const lastId = run.messageIds.at(-1);
  const said = lastId === undefined ? null : await messages.find(run.threadId, lastId);
  return { outcome: outcomeOf(run, said), lastSeq: said?.seq ?? run.ordinal, interruption: {} };
}

/**
 * The same of a run whose stream has told how it ended, from the messages of its thread as the run left them. Null when its
 * answer is not among them, so that only the database knows.
 */
export function heardOutcome(
  end: Extract<RunEvent, { type: 'end' }>,
  attempt: { fence: number; attempt: number },
  messages: readonly Message[],
): StreamedOutcome | null {
  if (end.stored === undefined) return null;
  const { error, answer } = end.stored;
  const said = answer === null ? null : messages.find(({ id }) => id === answer.id);
  if (said === undefined) return null;
  return outcomeOf({ ...attempt, status: end.status, error }, said);
}

function outcomeOf(
  { fence, attempt, status, error }: Pick<Run, 'fence' | 'attempt' | 'status' | 'error'>,
  said: Message | null,
): StreamedOutcome {
  const isThere = said !== null && said.redactedAt === null;
  return {
    fence,
    attempt: Math.max(1, attempt),
    status: presentRunStatus(status),
    isWaiting: !isTerminal(status),
    error: error === null ? null : { error: error.code, message: error.message },
    answer: isThere ? { id: said.id, text: said.text, toolCalls: said.toolCalls } : null,
    hasState: true,
  };
}
