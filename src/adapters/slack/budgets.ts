import type { Origin } from '../../core/origin.ts';
import type { PlatformOperation } from '../../core/ports.ts';
import type { PacedBudget } from '../../core/pacing/write-window.ts';
import { CHANNEL_POSTS, ROOM_FOR_FINALS, TIER_3, WORKSPACE_POSTS } from './limits.ts';

/** The limits that a write counts against; shared by all processes under these keys. */
export function budgetsOf(origin: Origin, operation: PlatformOperation): PacedBudget[] {
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
    case 'find':
      return [{ key: `${team}:conversations.replies`, ...TIER_3, reserve: 0 }];
    // assistant.threads.setStatus has a limit of its own, without a public number.
    case 'think':
      return [];
  }
}
