import type { ThreadStore } from '../../core/ports.ts';
import type { Place } from './directory.ts';
import type { IntakeParts } from './message-intake.ts';
import { originOfThread } from './origin.ts';
import { metadataOf } from './parse-message.ts';

/** Threads of a deleted channel that are looked for in the store, newest first. */
const KNOWN_THREADS = 5_000;

/** A thread changed: tells of a new name, other tags or a lock; archiving and our own unarchiving say nothing new. */
export function readThreadChange(parts: IntakeParts, place: Place): void {
  const { directory, lanes, ingest } = parts;
  const known = directory.get(place.id);
  // An archived thread is forgotten, as GUILD_CREATE leaves it out too: memory holds what is alive.
  if (place.archived) directory.remove(place.id);
  else directory.put(place);
  const { guildId, parentId } = place;
  if (guildId === null || parentId === null) return;
  const parent = directory.get(parentId);
  const metadata = metadataOf(place, parent);
  const lockTold = known === undefined ? place.locked : known.locked !== place.locked;
  const same =
    known !== undefined &&
    known.name === place.name &&
    JSON.stringify(metadataOf(known, parent)) === JSON.stringify(metadata);
  if (same && !lockTold) return;
  const change = {
    origin: originOfThread(guildId, parentId, place.id),
    name: place.name,
    metadata: { ...metadata, ...(lockTold && { locked: place.locked }) },
  };
  void lanes.push(place.id, async (signal) => {
    await lanes.persist(() => ingest.threadChange(change), signal);
  });
}

/** A deleted channel takes its threads with it, archived ones too, and Discord tells of none of them. */
export async function closeThreads(
  parts: IntakeParts & { threads: Pick<ThreadStore, 'recentByPlatform'> },
  channel: Place,
): Promise<void> {
  const { directory, lanes, ingest, clock, threads } = parts;
  const active = directory.threadsOf(channel.id).map((thread) => thread.id);
  for (const id of [channel.id, ...active]) directory.remove(id);
  const { guildId } = channel;
  if (guildId === null) return;
  const closedAt = clock.now();
  await lanes.push(channel.id, async (signal) => {
    const known = await lanes.persist(
      () => threads.recentByPlatform('discord', new Date(0), KNOWN_THREADS),
      signal,
    );
    const stored = known.flatMap(({ origin }) => (origin?.channel === channel.id ? [origin.thread] : []));
    for (const id of new Set([...active, ...stored])) {
      const origin = originOfThread(guildId, channel.id, id);
      await lanes.persist(() => ingest.closure({ origin, reason: 'thread_deleted', closedAt }), signal);
    }
  });
}
