import { LIMITS } from '../core/limits.ts';
import type { RunEventLog, RunEventWriter } from '../core/ports.ts';
import type { PositionedRunEvent, RunEvent } from '../core/runs/run-event.ts';
import type { RunLease } from '../core/runs/run.ts';
import type { Timings } from '../core/timings.ts';
import type { Keys } from './keys.ts';
import { EVENTS_FIELD, appendCoalesced, isAfter, parseEntry } from './run-event-batch.ts';
import { type StreamReader, toEntry } from './stream-reader.ts';
import type { RedisClient } from './redis.ts';

type Follower = {
  position: string;
  /** Live events that came while the follower still read what was before; null once it is live. */
  held: PositionedRunEvent[] | null;
  onEvents: (events: PositionedRunEvent[]) => void;
};

/** `0-0` is before every entry. */
const START = '0-0';

export function createRunEventLog(options: {
  commands: RedisClient;
  reader: StreamReader;
  keys: Keys;
  timings: Pick<Timings, 'eventBatchMs' | 'eventMaxEntries' | 'eventTtlMs'>;
  onError: (error: unknown) => void;
}): RunEventLog {
  const { commands, reader, keys, timings, onError } = options;
  /** Writers with a batch that waits for its moment. */
  let waiting = 0;
  const streams = new Map<string, { followers: Set<Follower>; stop: () => void }>();

  function writer(lease: RunLease): RunEventWriter {
    const key = keys.runEvents(lease.runId);
    let batch: RunEvent[] = [];
    let seq = 0;
    let timer: NodeJS.Timeout | null = null;
    let flushedAt = 0;
    let expiryAt = 0;
    let last: Promise<unknown> = Promise.resolve();

    function append(): void {
      if (timer !== null) {
        clearTimeout(timer);
        waiting -= 1;
      }
      timer = null;
      if (batch.length === 0) return;
      const events = batch;
      batch = [];
      seq += events.length;
      flushedAt = Date.now();
      const entry = JSON.stringify(events);
      const added = commands.xadd(
        key,
        'MAXLEN',
        '~',
        timings.eventMaxEntries,
        `${lease.fence}-${seq}`,
        EVENTS_FIELD,
        entry,
      );
      // Renewed at half its time, so that a long quiet run does not lose its stream, at one command in many batches;
      // and at the end, so that a stream made anew after a flush of Redis is forgotten too.
      const renews = flushedAt > expiryAt || events.at(-1)?.type === 'end';
      if (renews) expiryAt = flushedAt + timings.eventTtlMs / 2;
      const renewal = renews
        ? commands.pexpire(key, timings.eventTtlMs).catch((error: unknown) => {
            expiryAt = 0;
            throw error;
          })
        : null;
      // A refused entry is a stale attempt's, and a lost one is made good from the database: the run goes on.
      last = Promise.all([added, renewal]).catch(onError);
    }

    return {
      emit(event) {
        appendCoalesced(batch, event);
        if (timer !== null) return;
        waiting += 1;
        const apartMs = Math.max(timings.eventBatchMs, (waiting * 1_000) / LIMITS.eventEntriesPerSecond);
        timer = setTimeout(append, Math.max(0, flushedAt + apartMs - Date.now()));
      },
      async flush() {
        append();
        await last;
      },
    };
  }

  function deliver(follower: Follower, events: PositionedRunEvent[]): void {
    const fresh = events.filter((event) => isAfter(event.id, follower.position));
    const newest = fresh.at(-1);
    if (newest === undefined) return;
    if (follower.held !== null) {
      follower.held.push(...fresh);
      return;
    }
    follower.position = newest.id;
    follower.onEvents(fresh);
  }

  async function entriesAfter(key: string, position: string, most?: number): Promise<PositionedRunEvent[]> {
    const found =
      most === undefined
        ? commands.xrange(key, `(${position}`, '+')
        : commands.xrange(key, `(${position}`, '+', 'COUNT', most);
    const raw = await found.catch((error: unknown) => {
      onError(error);
      return [];
    });
    return raw.map(toEntry).flatMap(parseEntry);
  }

  async function catchUp(key: string, follower: Follower): Promise<void> {
    const before = await entriesAfter(key, follower.position);
    const held = follower.held ?? [];
    follower.held = null;
    deliver(follower, before);
    deliver(follower, held);
  }

  return {
    writer,

    async read(ref, from, batches) {
      const position = from ?? START;
      const found = await entriesAfter(keys.runEvents(ref.runId), position, batches);
      return found.filter(({ id }) => isAfter(id, position));
    },

    follow(ref, from, onEvents) {
      const key = keys.runEvents(ref.runId);
      const follower: Follower = { position: from ?? START, held: null, onEvents };
      const stream = streams.get(key);
      if (stream === undefined) {
        const followers = new Set([follower]);
        const stop = reader.follow(key, follower.position, (entries) => {
          const events = entries.flatMap(parseEntry);
          for (const each of followers) deliver(each, events);
        });
        streams.set(key, { followers, stop });
      } else {
        follower.held = [];
        stream.followers.add(follower);
        void catchUp(key, follower);
      }
      return () => {
        const current = streams.get(key);
        if (current === undefined || !current.followers.delete(follower)) return;
        if (current.followers.size > 0) return;
        current.stop();
        streams.delete(key);
      };
    },
  };
}
