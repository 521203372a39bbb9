import type { Message } from '../../../core/messages/message.ts';
import type { Checkpoint } from '../../../core/ports.ts';
import { messagesAt } from '../../../core/threads/state-at.ts';
import type { Thread } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { withFiles } from '../present/files.ts';
import { presentTasks } from '../present/interrupts.ts';
import { presentState, presentValues, type StepFacts, type ThreadStateView } from '../present/state.ts';

export type StateParts = Pick<ApiParts, 'messages' | 'state' | 'files'>;

/**
 * The state of a thread as it was after a step of it; the newest with the files that its tools search now. Reads the thread's
 * messages up to that step and no others.
 */
export async function readState(
  parts: StateParts,
  thread: Thread,
  seq: number = thread.lastSeq,
): Promise<ThreadStateView> {
  const isNewest = seq === thread.lastSeq;
  const [messages, values, checkpoints, known] = await Promise.all([
    parts.messages.between(thread.id, 0, seq),
    isNewest ? thread.values : parts.state.valuesAt(thread.id, seq),
    parts.state.checkpoints(thread.id, seq + 1, 1),
    isNewest && thread.origin !== null ? parts.files.list(thread.id) : null,
  ]);
  // Only platforms bring files; a copy of their threads has them without a place there.
  const mayShow = isNewest && messages.some(({ attachments }) => attachments.length > 0);
  const files = known ?? (mayShow ? await parts.files.list(thread.id) : []);
  const step = factsOf(thread, seq, messages.at(-1), checkpoints[0]);
  const shown = presentValues(values, messagesAt(messages, seq));
  if (!isNewest) return presentState(step, shown);
  return withFiles(presentState(step, shown, presentTasks(thread)), files);
}

/** What is known of a step by the message or the checkpoint that it left, if they are this step's. */
export function factsOf(
  thread: Pick<Thread, 'id' | 'createdAt' | 'updatedAt'>,
  seq: number,
  message: Message | undefined,
  checkpoint: Checkpoint | undefined,
): StepFacts {
  const shared = { threadId: thread.id, seq, parentSeq: seq > 1 ? seq - 1 : null };
  if (checkpoint?.seq === seq) {
    const { source, asNode, createdAt } = checkpoint;
    return { ...shared, at: createdAt, source, runId: null, asNode };
  }
  if (message?.seq === seq) {
    const { runId, createdAt } = message;
    return { ...shared, at: createdAt, source: runId === null ? 'input' : 'loop', runId, asNode: null };
  }
  const at = seq === 0 ? thread.createdAt : thread.updatedAt;
  return { ...shared, at, source: 'input', runId: null, asNode: null };
}
