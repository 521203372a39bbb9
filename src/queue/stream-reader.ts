import type { RedisClient } from './redis.ts';

export type StreamEntry = { id: string; fields: Map<string, string> };

type Followed = { position: string; onEntries: (entries: StreamEntry[]) => void };

export type StreamReader = {
  /** Calls `onEntries` with every entry after `position`, now and as they come, until the returned function is called. */
  follow(key: string, position: string, onEntries: (entries: StreamEntry[]) => void): () => void;
  close(): Promise<void>;
};

/**
 * Long enough to cost next to nothing when idle; a new stream wakes the reader at once. Shorter than the silence after
 * which a blocking connection counts as dead.
 */
const BLOCK_MS = 5_000;
/** Entries of one stream in one reply: bounds the memory of a reader that was away. */
const COUNT = 500;
const PAUSE_AFTER_ERROR_MS = 250;
/**
 * A read names all streams that are followed, so it costs the more, the more they are: after an answer the reader rests
 * a millisecond for every ten of them, and finds more in the next. One stream is read without a rest.
 */
const STREAMS_PER_MS_OF_REST = 10;
const LONGEST_REST_MS = 100;

/**
 * One blocking XREAD serves all streams that the process follows. Following another stream while the read blocks
 * appends to the process's own wake stream, which is always among those read, so that the set is taken up at once.
 */
export function createStreamReader(options: {
  commands: RedisClient;
  blocking: RedisClient;
  wakeKey: string;
  onError: (error: unknown) => void;
}): StreamReader {
  const { commands, blocking, wakeKey, onError } = options;
  const followed = new Map<string, Followed>();
  let wakePosition = '0-0';
  let wakeSent = false;
  let isReading = false;
  let closed = false;
  let wakeIdle: (() => void) | null = null;

  function wake(): void {
    wakeIdle?.();
    // The next read names the stream anyway.
    if (wakeSent || !isReading) return;
    wakeSent = true;
    commands
      .multi()
      .xadd(wakeKey, 'MAXLEN', 1, '*', 'w', '1')
      .pexpire(wakeKey, BLOCK_MS * 6)
      .exec()
      .catch(onError)
      .finally(() => {
        wakeSent = false;
      });
  }

  async function loop(): Promise<void> {
    while (!closed) {
      if (followed.size === 0) {
        await new Promise<void>((resolve) => {
          wakeIdle = resolve;
        });
        wakeIdle = null;
        continue;
      }
      try {
        await readOnce();
        await rest(Math.min(LONGEST_REST_MS, Math.floor(followed.size / STREAMS_PER_MS_OF_REST)));
      } catch (error) {
        if (closed) return;
        onError(error);
        await rest(PAUSE_AFTER_ERROR_MS);
      }
    }
  }

  async function readOnce(): Promise<void> {
    const keys = [...followed.keys()];
    const positions = keys.map((key) => followed.get(key)?.position ?? '0-0');
    isReading = true;
    const reply = await blocking
      .xread('COUNT', COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', wakeKey, ...keys, wakePosition, ...positions)
      .finally(() => {
        isReading = false;
      });
    for (const [key, raw] of reply ?? []) {
      const entries = raw.map(toEntry);
      const last = entries.at(-1);
      if (last === undefined) continue;
      if (key === wakeKey) {
        wakePosition = last.id;
        continue;
      }
      const stream = followed.get(key);
      if (stream === undefined) continue;
      stream.position = last.id;
      stream.onEntries(entries);
    }
  }

  const finished = loop();

  return {
    follow(key, position, onEntries) {
      const entry: Followed = { position, onEntries };
      followed.set(key, entry);
      wake();
      return () => {
        if (followed.get(key) === entry) followed.delete(key);
      };
    },
    async close() {
      closed = true;
      wakeIdle?.();
      blocking.disconnect();
      await finished;
    },
  };
}

async function rest(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

export function toEntry([id, flat]: [string, string[]]): StreamEntry {
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2)
    fields.set(flat[index] ?? '', flat[index + 1] ?? '');
  return { id, fields };
}
