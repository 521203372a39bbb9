import type { Message } from '../messages/message.ts';
import type { Run } from './run.ts';

/**
 * What a run's workflow sees, oldest first: all that was said before, and last the messages to be answered. What
 * people and programs said after them is left to later runs, and what was redacted is left out.
 */
export function conversationFor(
  run: Pick<Run, 'triggerMessageIds' | 'ordinal'>,
  messages: readonly Message[],
  maxCharacters: number,
): Message[] {
  const triggers = new Set(run.triggerMessageIds);
  const kept = messages
    .filter((message) => message.redactedAt === null)
    .map((message) => (message.role === 'human' ? cut(message, maxCharacters) : message));
  const before = kept.filter((message) => wasSaidBefore(run, message));
  return [...before, ...kept.filter((message) => triggers.has(message.id))];
}

/** Whether a run may know of a message that it does not answer: what others said after its question is not for it. Pure. */
export function wasSaidBefore(
  { triggerMessageIds, ordinal }: Pick<Run, 'triggerMessageIds' | 'ordinal'>,
  { id, runId, seq }: Pick<Message, 'id' | 'runId' | 'seq'>,
): boolean {
  return !triggerMessageIds.includes(id) && (runId !== null || seq <= ordinal);
}

function cut(message: Message, maxCharacters: number): Message {
  if (message.text.length <= maxCharacters) return message;
  // A cut through a surrogate pair would leave half a character.
  const end = /[\ud800-\udbff]/.test(message.text.charAt(maxCharacters - 1))
    ? maxCharacters - 1
    : maxCharacters;
  return { ...message, text: message.text.slice(0, end) };
}
