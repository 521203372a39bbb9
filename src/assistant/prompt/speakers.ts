import type { Author, Message } from '../../core/messages/message.ts';
import type { ModelMessage } from '../../core/ports.ts';
import { toModelMessage } from '../../core/prompts/plain-prompt.ts';

/** Longer names say no more, and a name is text that a person chose. */
const NAME_CHARACTERS = 60;

/** Whether more than one person writes. Pure. */
export function isGroupOf(messages: readonly Message[]): boolean {
  const people = new Set(
    messages.flatMap(({ role, author }) => (role === 'human' && author ? [author.id] : [])),
  );
  return people.size > 1;
}

/** A message as models get it; in a group with the name of its author. Pure. */
export function toSpokenMessage(message: Message, isGroup: boolean): ModelMessage {
  const plain = toModelMessage(message);
  if (!isGroup || message.role !== 'human' || message.author === null) return plain;
  return { ...plain, speaker: nameOf(message.author) };
}

/** A person's name on one line, without what would end the brackets around it; their id where they have none. Pure. */
export function nameOf({ id, name }: Author): string {
  const line = (name ?? '')
    .replaceAll(/[\p{C}\p{Z}[\]]+/gu, ' ')
    .trim()
    .slice(0, NAME_CHARACTERS);
  return line === '' ? id : line;
}
