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
  for (let from = after; from < lastSeq && found.length < limit; from += limit) {
    const window = await messages.between(id, from, Math.min(from + limit, lastSeq));
    found.push(...window.filter(({ rolledBack }) => rolledBack !== true));
  }
  return found.slice(0, limit);
}
