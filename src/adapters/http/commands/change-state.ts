import type { z } from 'zod';
import type { NewId } from '../../../core/clock.ts';
import type { Thread } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { invalid, notFound } from '../errors.ts';
import { CLIENT_ID } from '../../../core/messages/client-id.ts';
import { readMessageInput } from '../read-message-input.ts';
import { stepOfCheckpoint } from '../queries/step-of.ts';
import type { updateState } from '../schemas/state.ts';

/** Carries out an update of the state. @throws ApiError `not_found`, or `invalid_input` for one of an old checkpoint */
export async function changeState(
  { state, clock }: Pick<ApiParts, 'state' | 'clock'>,
  thread: Thread,
  wish: z.output<typeof updateState>,
  newId: NewId,
): Promise<{ seq: number }> {
  const { checkpoint, checkpoint_id = checkpoint?.checkpoint_id } = wish;
  const named = stepOfCheckpoint({ thread_id: checkpoint?.thread_id, checkpoint_id }, thread);
  if (named !== null && named !== thread.lastSeq) {
    throw invalid(
      'checkpoint_id',
      'checkpoint_id is not the newest one, and a thread has no branches. Copy the thread, or leave the checkpoint out.',
    );
  }
  const at = clock.now();
  const { messages = [], ...values } = wish.values ?? {};
  const changed = await state.update(
    thread.id,
    {
      messages: messages
        .filter((message) => message.type !== 'remove')
        .map((message) => readMessageInput(message, newId, at)),
      removed: messages.filter((message) => message.type === 'remove').map(({ id }) => `${CLIENT_ID}${id}`),
      values,
      asNode: wish.as_node ?? null,
    },
    at,
  );
  if (changed === null) throw notFound('thread');
  return changed;
}
