import type { Thread } from '../../../core/threads/thread.ts';
import { notFound } from '../errors.ts';

/** The step that a checkpoint_id of a thread names. @throws ApiError `not_found` for one that the thread has not reached */
export function stepOf(checkpointId: string, { lastSeq }: Pick<Thread, 'lastSeq'>): number {
  const seq = Number(checkpointId);
  if (!/^\d{1,15}$/.test(checkpointId) || seq > lastSeq) throw notFound('checkpoint of this thread');
  return seq;
}
