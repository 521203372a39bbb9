import type { z } from 'zod';
import type { ttl } from '../schemas/thread.ts';

const MINUTE_MS = 60_000;

/** When a thread with this time to live goes; null for one that stays. */
export function deletionTime(wish: z.output<typeof ttl> | null, now: Date): Date | null {
  if (wish === null) return null;
  const minutes = typeof wish === 'number' ? wish : wish.ttl;
  return new Date(now.getTime() + minutes * MINUTE_MS);
}
