import type { Origin } from '../../core/origin.ts';
import type { PacedBudget } from '../../core/pacing/write-window.ts';

/**
 * Slack allows 50 calls a minute of chat.update and chat.delete for a whole workspace (tier 3). Two fewer, in a window a
 * second longer, keep us under it when calls arrive later than they were counted.
 */
const TIER_3 = { limit: 48, windowMs: 61_000 } as const;

/**
 * What previews leave free: 30 answers that end at one moment are all final within 40 s. (With previews spread evenly
 * over the window the reserve alone gives as much: 8 finals at once, the 22 others one each 1.5 s.)
 */
const ROOM_FOR_FINALS = { reserve: 8, finals: { count: 30, withinMs: 38_000 } } as const;

/** One post a second in a channel; three at once are the "short burst" that Slack tolerates. */
const CHANNEL_POSTS = { limit: 3, windowMs: 3_000 } as const;

/** Slack speaks of "several hundred a minute" for a workspace and gives no number. */
const WORKSPACE_POSTS = { limit: 200, windowMs: 60_000 } as const;

/** The limits that a write counts against; shared by all processes under these keys. */
export function budgetsOf(origin: Origin, operation: 'post' | 'edit' | 'remove'): PacedBudget[] {
  const team = `slack:${origin.tenant}`;
  switch (operation) {
    case 'post':
      return [
        { key: `${team}:${origin.channel}:post`, ...CHANNEL_POSTS, reserve: 0 },
        { key: `${team}:chat.postMessage`, ...WORKSPACE_POSTS, reserve: 0 },
      ];
    case 'edit':
      return [{ key: `${team}:chat.update`, ...TIER_3, ...ROOM_FOR_FINALS }];
    case 'remove':
      return [{ key: `${team}:chat.delete`, ...TIER_3, reserve: 0 }];
  }
}
