import { readingsOf } from '../messages/client-id.ts';
import type { Message, NewMessage } from '../messages/message.ts';
import type { StateUpdate } from '../ports/state.ts';

type Known = Pick<Message, 'id' | 'sourceId' | 'text' | 'redactedAt'>;

/** What an update of the state comes down to, once it is known which of its messages are there. */
export type StateChanges = {
  appended: NewMessage[];
  /** Messages that say something else from now on. */
  revised: { messageId: string; text: string }[];
  /** Ids of messages to erase. */
  removed: string[];
  /** Whether it takes a step beside those of the messages that it appends. */
  leavesMark: boolean;
};

/** Ids and `sourceId`s by which the update may mean messages that are there. */
export function referencesOf({ messages, removed }: StateUpdate): string[] {
  return [...messages.flatMap(({ id, sourceId }) => sourceId ?? id), ...removed].flatMap(readingsOf);
}

/**
 * Of messages with one `sourceId` the last counts, at the place of the first. What is erased already stays erased, and
 * what is not there need not be.
 */
export function changesOf(update: StateUpdate, known: readonly Known[]): StateChanges {
  const found = (reference: string) => {
    const readings = readingsOf(reference);
    return known.find(({ id, sourceId }) => readings.includes(id) || readings.includes(sourceId ?? id));
  };
  const messages = new Map(update.messages.map((message) => [message.sourceId ?? message.id, message]));
  const appended = [...messages].flatMap(([key, message]) => (found(key) === undefined ? message : []));
  const revised = [...messages].flatMap(([key, { text }]) => {
    const before = found(key);
    if (before === undefined || before.redactedAt !== null || before.text === text) return [];
    return { messageId: before.id, text };
  });
  const removed = update.removed.flatMap((reference) => found(reference)?.id ?? []);
  const changesMore = revised.length + removed.length + Object.keys(update.values).length > 0;
  return {
    appended,
    revised,
    removed,
    leavesMark: changesMore || update.asNode !== null || update.messages.length === 0,
  };
}
