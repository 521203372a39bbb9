import type { Message } from '../../core/messages/message.ts';
import type { MessageStore } from '../../core/ports.ts';
import type { Run } from '../../core/runs/run.ts';
import type { Thread } from '../../core/threads/thread.ts';

/** Messages of a thread that a run reads; what of them reaches the model is the workflow's choice. */
const CONTEXT_MESSAGES = 200;

/**
 * The messages around the one that set off the run, oldest first, and when the thread has long gone on since, its newest:
 * they hold the answers that were given while this run waited for its turn.
 */
export async function readHistory(
  messages: MessageStore,
  run: Pick<Run, 'threadId' | 'ordinal'>,
  thread: Pick<Thread, 'lastSeq'>,
): Promise<Message[]> {
  const upTo = run.ordinal + CONTEXT_MESSAGES;
  const around = await messages.between(run.threadId, run.ordinal - CONTEXT_MESSAGES, upTo);
  if (thread.lastSeq <= upTo) return around;
  const newest = await messages.tail(run.threadId, CONTEXT_MESSAGES);
  return [...around, ...newest.filter(({ seq }) => seq > upTo)];
}
