import type { WebClient } from '@slack/web-api';
import { type Json, objectsOf, stringOf } from './json.ts';
import type { PacedCalls } from './paced-calls.ts';
import { isTs, type SlackTs, tsMinus } from './timestamp.ts';
import { PAGE_SIZE } from './limits.ts';

/** Older messages tell of threads that went on and of edits. */
const LOOK_BACK_MS = 86_400_000;

export type Membership = { id: string; name: string | null; isDirect: boolean };

type Page = { response_metadata?: { next_cursor?: string } };

/** Slack's readings, page by page, as plain objects. Errors are those of `calls`. */
export function createHistoryReader(client: WebClient, calls: PacedCalls) {
  async function readAll<P extends Page>(
    method: string,
    read: (cursor: { cursor?: string }) => Promise<P>,
    take: (page: P) => Json[],
    isEnough: (items: Json[]) => boolean = () => false,
  ): Promise<Json[]> {
    const items: Json[] = [];
    let cursor: string | undefined;
    do {
      const from = cursor === undefined ? {} : { cursor };
      const page = await calls(method, () => read(from));
      items.push(...take(page));
      cursor = stringOf(page.response_metadata?.next_cursor);
    } while (cursor !== undefined && !isEnough(items));
    return items;
  }

  return {
    /** Channels and direct conversations that the bot is in. */
    async memberships(): Promise<Membership[]> {
      const channels = await readAll(
        'users.conversations',
        (cursor) =>
          client.users.conversations({
            types: 'public_channel,private_channel,mpim,im',
            exclude_archived: true,
            limit: PAGE_SIZE,
            ...cursor,
          }),
        (page) => objectsOf(page.channels),
      );
      return channels.flatMap((channel) => {
        const id = stringOf(channel['id']);
        if (id === undefined) return [];
        const isDirect = channel['is_im'] === true;
        return [{ id, name: isDirect ? null : (stringOf(channel['name']) ?? null), isDirect }];
      });
    },

    /**
     * Messages of a channel (not the replies in its threads) after `from`, and those before it, at most `LOOK_BACK_MS`,
     * that come on the same pages.
     */
    channel: (channel: string, from: SlackTs): Promise<Json[]> =>
      readAll(
        'conversations.history',
        (cursor) =>
          client.conversations.history({
            channel,
            oldest: tsMinus(from, LOOK_BACK_MS),
            limit: PAGE_SIZE,
            ...cursor,
          }),
        (page) => objectsOf(page.messages),
        (messages) => messages.some(({ ts }) => isTs(ts) && ts <= from),
      ),

    /** Replies of a thread after `oldest`, with its root. */
    replies: (channel: string, thread: SlackTs, oldest: SlackTs): Promise<Json[]> =>
      readAll(
        'conversations.replies',
        (cursor) =>
          client.conversations.replies({ channel, ts: thread, oldest, limit: PAGE_SIZE, ...cursor }),
        (page) => objectsOf(page.messages),
      ),
  };
}

export type HistoryReader = ReturnType<typeof createHistoryReader>;
