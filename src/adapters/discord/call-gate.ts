import type { RateLimitError } from 'discord.js';
import type { Clock } from '../../core/clock.ts';
import { waitOf } from './write-outcome.ts';

/** One limit of Discord: a route with its channel. */
export type Bucket = { method: string; route: string; major: string };

export interface CallGate {
  /** Milliseconds until the bucket may be called again; 0 when it may be called now. */
  waitFor(bucket: Bucket): number;
  /** Closes the bucket (or everything, for a global limit) for as long as Discord asked. */
  close(bucket: Bucket, error: RateLimitError): void;
}

/** The longest `Retry-After` is a ban of minutes; this many closed buckets are far more than a bot meets in that time. */
const SWEEP_AT = 1_000;

/**
 * Keeps every `Retry-After`, also those that discord.js forgets once it has thrown them: a limit inside a route leaves
 * its bucket's headers open. Nobody calls a bucket before its time, whoever wants to.
 */
export function createCallGate(clock: Clock): CallGate {
  const closedUntil = new Map<string, number>();
  let allClosedUntil = 0;
  const keyOf = (bucket: Bucket): string => `${bucket.method} ${bucket.route} ${bucket.major}`;
  return {
    waitFor(bucket) {
      const now = clock.now().getTime();
      return Math.max(0, allClosedUntil - now, (closedUntil.get(keyOf(bucket)) ?? 0) - now);
    },
    close(bucket, error) {
      const now = clock.now().getTime();
      const until = now + waitOf(error);
      if (error.global) allClosedUntil = Math.max(allClosedUntil, until);
      else closedUntil.set(keyOf(bucket), until);
      if (closedUntil.size < SWEEP_AT) return;
      for (const [key, end] of closedUntil) if (end <= now) closedUntil.delete(key);
    },
  };
}
