import type { Origin } from '../../core/origin.ts';
import type { WriteBudget } from '../../core/ports.ts';

/** Route limits are unpublished; 5 per 5 s per channel is what the headers usually say. */
const ROUTE_LIMIT = 5;
const ROUTE_WINDOW_MS = 5_000;

/** Discord allows 50 requests a second; 5 stay for typing, backfill and reads, which take no budget. */
const GLOBAL_LIMIT = 45;

const RESERVES = { post: 0, edit: 2, remove: 0 };

/**
 * The limits that a write touches; all begin with the same two words, as they are taken together. A thread is a channel of its own to Discord, and each route has its own bucket.
 */
export function budgetsOf(origin: Origin, operation: 'post' | 'edit' | 'remove'): WriteBudget[] {
  return [
    {
      key: `discord:bot:${origin.thread}:${operation}`,
      limit: ROUTE_LIMIT,
      windowMs: ROUTE_WINDOW_MS,
      reserve: RESERVES[operation],
    },
    { key: 'discord:bot:global', limit: GLOBAL_LIMIT, windowMs: 1_000, reserve: 10 },
  ];
}
