import type { Message } from '../../../core/messages/message.ts';
import type { MessageStore } from '../../../core/ports.ts';
import type { Thread } from '../../../core/threads/thread.ts';

/** The first `limit` messages after a step, those aside that were rolled back. Steps without a message are passed over. */
export async function readMessages(
  messages: MessageStore,
  { id, lastSeq }: Pick<Thread, 'id' | 'lastSeq'>,
  after: number,
  limit: number,
): Promise<Message[]> {
  const found: Message[] = [];
  let from = after;
  for (let size = limit; from < lastSeq && found.length < limit; size *= 2) {
    const upTo = Math.min(from + size, lastSeq);
    const window = await messages.between(id, from, upTo);
    found.push(...window.filter(({ rolledBack }) => rolledBack !== true));
    from = upTo;
  }
  return found.slice(0, limit);
}
