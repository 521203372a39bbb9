import { hashTagOf } from './keys.ts';
import type { StreamReader } from './stream-reader.ts';

/**
 * In a Redis Cluster one blocking read must keep to one slot: every hash tag gets a reader of its own, made when its
 * first stream is followed. Their number is bounded by that of the tags (`STREAM_LANES`).
 */
export function createStreamLanes(open: (tag: string) => StreamReader): StreamReader {
  const readers = new Map<string, StreamReader>();
  return {
    follow(key, position, onEntries) {
      const tag = hashTagOf(key);
      const reader = readers.get(tag) ?? open(tag);
      readers.set(tag, reader);
      return reader.follow(key, position, onEntries);
    },
    async close() {
      await Promise.all([...readers.values()].map((reader) => reader.close()));
    },
  };
}
