import type { Message } from '../messages/message.ts';

/**
 * A thread's messages as they were after the step `seq`, in their order: later ones are left out, and edited ones say
 * what they said then. A redacted one is a tombstone in every state, since nothing of its text is kept; one that was
 * rolled back with its run is in none.
 */
export function messagesAt(messages: readonly Message[], seq: number): Message[] {
  return messages
    .filter((message) => message.seq <= seq && message.rolledBack !== true)
    .map((message) => ({ ...message, text: textAt(message, seq) }));
}

/** Of its revisions the first that a later step replaced is what the message said. */
function textAt({ text, revisions }: Pick<Message, 'text' | 'revisions'>, seq: number): string {
  return revisions.find(({ untilSeq }) => untilSeq > seq)?.text ?? text;
}
