import type { Clock } from '../../core/clock.ts';
import type { ApiResult, DiscordApi } from './api.ts';
import type { Directory, Place } from './directory.ts';
import { placeOf } from './directory.ts';
import { LanesStopped } from './lanes.ts';

/** THREAD_CREATE and its starter's MESSAGE_CREATE are moments apart; after this the channel is asked for. */
const ARRIVAL_MS = 700;

/** The wait before a read that failed without naming one is made again. */
const REREAD_MS = 1_000;

/** Repeats a read until Discord answers. Null when it refuses. @throws LanesStopped */
export async function readUntilAnswered<T>(
  read: () => Promise<ApiResult<T>>,
  clock: Clock,
  signal: AbortSignal,
): Promise<T | null> {
  for (;;) {
    const result = await read();
    if (result.kind === 'done') return result.value;
    if (result.kind === 'rejected') return null;
    await clock.sleep(result.kind === 'retryable' ? result.waitMs : REREAD_MS, signal);
    if (signal.aborted) throw new LanesStopped();
  }
}

function directMessagePlace(id: string): Place {
  return {
    id,
    kind: 'dm',
    guildId: null,
    parentId: null,
    name: null,
    archived: false,
    locked: false,
    appliedTagIds: [],
    tagNames: new Map(),
    lastMessageId: null,
  };
}

/**
 * The place of a message: known, or arriving in a moment, or fetched, with its parent. Null when Discord does not show
 * it to the bot. @throws LanesStopped
 */
export async function findPlace(
  parts: { api: DiscordApi; directory: Directory; clock: Clock },
  id: string,
  guildId: string | null,
  signal: AbortSignal,
): Promise<Place | null> {
  if (guildId === null) return directMessagePlace(id);
  const { directory, api, clock } = parts;
  const place = directory.get(id) ?? (await arrival(directory, clock, id, signal)) ?? (await fetchPlace(id));
  if (place?.kind === 'thread' && place.parentId !== null && directory.get(place.parentId) === undefined) {
    await fetchPlace(place.parentId);
  }
  return place;

  async function fetchPlace(missing: string): Promise<Place | null> {
    const channel = await readUntilAnswered(() => api.channel(missing), clock, signal);
    if (channel === null) return null;
    const fetched = placeOf(channel, guildId);
    directory.put(fetched);
    return fetched;
  }
}

async function arrival(
  directory: Directory,
  clock: Clock,
  id: string,
  signal: AbortSignal,
): Promise<Place | undefined> {
  const arrived = new AbortController();
  const stopWaiting = directory.onArrival(id, () => arrived.abort());
  await clock.sleep(ARRIVAL_MS, AbortSignal.any([arrived.signal, signal]));
  stopWaiting();
  if (signal.aborted) throw new LanesStopped();
  return directory.get(id);
}
