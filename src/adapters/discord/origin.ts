import type { Origin } from '../../core/origin.ts';
import type { Place } from './directory.ts';

/** The tenant of direct messages. */
export const DIRECT_MESSAGES = '@me';

/**
 * Where a message of this place has its thread. In a text channel every message may start one, and the thread has the
 * message's id. Null where no threads are: voice channels, categories.
 */
export function originOf(place: Place, messageId: string): Origin | null {
  if (place.kind === 'dm') {
    return { platform: 'discord', tenant: DIRECT_MESSAGES, channel: place.id, thread: place.id };
  }
  if (place.guildId === null) return null;
  if (place.kind === 'thread')
    return place.parentId === null ? null : originOfThread(place.guildId, place.parentId, place.id);
  return place.kind === 'text' ? originOfThread(place.guildId, place.id, messageId) : null;
}

export function originOfThread(guildId: string, parentId: string, threadId: string): Origin {
  return { platform: 'discord', tenant: guildId, channel: parentId, thread: threadId };
}
