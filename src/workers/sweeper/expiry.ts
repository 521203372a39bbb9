import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ThreadDirectory, ThreadStore } from '../../core/ports.ts';

/** Deletes threads whose time is over, all there are, or until it is told to stop; answers how many. */
export function createExpiry(parts: {
  directory: Pick<ThreadDirectory, 'expired'>;
  threads: Pick<ThreadStore, 'delete'>;
  clock: Clock;
  random: () => number;
}): (signal: AbortSignal) => Promise<number> {
  const { directory, threads, clock, random } = parts;

  return async function deleteExpired(signal) {
    let deleted = 0;
    for (;;) {
      const now = clock.now();
      const expired = await directory.expired(now, LIMITS.deletionBatch);
      const isLast = expired.length < LIMITS.deletionBatch;
      // Not in their order: of several processes each is to begin with others.
      const left = inAnyOrder(expired, random);
      const lanes = Array.from({ length: LIMITS.deletionsAtOnce }, async () => {
        for (let id = left.pop(); id !== undefined && !signal.aborted; id = left.pop()) {
          if (await threads.delete(id, now)) deleted += 1;
        }
      });
      await Promise.all(lanes);
      if (isLast || signal.aborted) return deleted;
    }
  };
}

function inAnyOrder<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .toSorted((left, right) => left.rank - right.rank)
    .map(({ item }) => item);
}
