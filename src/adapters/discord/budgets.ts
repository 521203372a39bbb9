import type { Origin } from '../../core/origin.ts';
import type { PlatformOperation, WriteBudget } from '../../core/ports.ts';
import { GLOBAL_LIMIT, GLOBAL_RESERVE, RESERVES, ROUTE_LIMIT, ROUTE_WINDOW_MS } from './limits.ts';

/**
 * The limits that a write touches; all begin with the same two words, as they are taken together. A thread is a channel of its own to Discord, and each route has its own bucket.
 */
export function budgetsOf(origin: Origin, operation: PlatformOperation): WriteBudget[] {
  // Reads have a bucket of their own in each thread, and the room that GLOBAL_LIMIT leaves.
  if (operation === 'find') return [];
  const global = { key: 'discord:bot:global', limit: GLOBAL_LIMIT, windowMs: 1_000, reserve: GLOBAL_RESERVE };
  if (operation === 'think') return [global];
  return [
    {
      key: `discord:bot:${origin.thread}:${operation}`,
      limit: ROUTE_LIMIT,
      windowMs: ROUTE_WINDOW_MS,
      reserve: RESERVES[operation],
    },
    global,
  ];
}
