import type { Origin } from '../../core/origin.ts';
import type { WriteBudget } from '../../core/ports.ts';

/**
 * Slack allows 50 calls a minute of chat.update and chat.delete for a whole workspace (tier 3). Two fewer, in a window a
 * second longer, keep us under it when calls arrive later than they were counted.
 */
const TIER_3 = { limit: 48, windowMs: 61_000 } as const;

/** Edits that previews leave to finals: 30 answers that end at once are then all final within 40 s. */
const RESERVED_FOR_FINALS = 20;

/** One post a second in a channel; three at once are the "short burst" that Slack tolerates. */
const CHANNEL_POSTS = { limit: 3, windowMs: 3_000 } as const;

/** Slack speaks of "several hundred a minute" for a workspace and gives no number. */
const WORKSPACE_POSTS = { limit: 200, windowMs: 60_000 } as const;

/** The limits that a write counts against; shared by all processes under these keys. */
export function budgetsOf(origin: Origin, operation: 'post' | 'edit' | 'remove'): WriteBudget[] {
  const team = `slack:${origin.tenant}`;
  switch (operation) {
    case 'post':
      return [
        { key: `${team}:${origin.channel}:post`, ...CHANNEL_POSTS, reserve: 0 },
        { key: `${team}:chat.postMessage`, ...WORKSPACE_POSTS, reserve: 0 },
      ];
    case 'edit':
      return [{ key: `${team}:chat.update`, ...TIER_3, reserve: RESERVED_FOR_FINALS }];
    case 'remove':
      return [{ key: `${team}:chat.delete`, ...TIER_3, reserve: 0 }];
  }
}
