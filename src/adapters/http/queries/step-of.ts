import type { z } from 'zod';
import type { Thread } from '../../../core/threads/thread.ts';
import { invalid, notFound } from '../errors.ts';
import type { checkpointInput } from '../schemas/state.ts';

/** The step that a checkpoint_id of a thread names. @throws ApiError `not_found` for one that the thread has not reached */
export function stepOf(checkpointId: string, { lastSeq }: Pick<Thread, 'lastSeq'>): number {
  const seq = Number(checkpointId);
  if (!/^\d{1,15}$/.test(checkpointId) || seq > lastSeq) throw notFound('checkpoint of this thread');
  return seq;
}

type NamedCheckpoint = Pick<z.output<typeof checkpointInput>, 'thread_id' | 'checkpoint_id'>;

/**
 * The step of a checkpoint as the SDK writes it; null when it names none.
 * @throws ApiError `not_found`, or `invalid_input` for a checkpoint of another thread
 */
export function stepOfCheckpoint(
  { thread_id: threadId, checkpoint_id: id }: NamedCheckpoint,
  thread: Pick<Thread, 'id' | 'lastSeq'>,
): number | null {
  if (threadId !== undefined && threadId !== thread.id) {
    throw invalid(
      'checkpoint.thread_id',
      'checkpoint.thread_id names another thread than the address. Send its own.',
    );
  }
  return id === undefined ? null : stepOf(id, thread);
}
