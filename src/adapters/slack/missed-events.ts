import { type Json, objectOf, stringOf } from './json.ts';
import type { HistoryReader, Membership } from './history.ts';
import { isTs, type SlackTs } from './timestamp.ts';
import { slackErrorCode } from './write-outcome.ts';

/**
 * Reads what happened in a channel after `from` and answers it as the events that Slack would have sent, in the order
 * of time: messages, replies in threads, edits of messages in sight, and deleted roots of known threads.
 */
export async function readMissedEvents(
  history: HistoryReader,
  membership: Membership,
  from: SlackTs,
  now: SlackTs,
  knownThreads: readonly SlackTs[],
): Promise<Json[]> {
  const channel = membership.id;
  const seen = new Map<SlackTs, Json>();
  for (const message of await history.channel(channel, from)) {
    if (isTs(message['ts'])) seen.set(message['ts'], message);
  }
  const found = new Map(seen);
  const deletions: Json[] = [];
  for (const thread of threadsToRead(seen, from, knownThreads)) {
    try {
      for (const message of await history.replies(channel, thread, from)) {
        if (isTs(message['ts'])) found.set(message['ts'], message);
      }
    } catch (error) {
      if (slackErrorCode(error) !== 'thread_not_found') throw error;
      deletions.push({
        type: 'message',
        subtype: 'message_deleted',
        channel,
        deleted_ts: thread,
        event_ts: now,
      });
    }
  }
  const events = [...found.values()].flatMap((message) => eventOf(message, membership, from));
  return [...deletions, ...events.sort((left, right) => (timeOf(left) < timeOf(right) ? -1 : 1))];
}

/** Threads with replies after `from`, as far as their roots tell; known threads whose root is out of sight. */
function threadsToRead(
  seen: ReadonlyMap<SlackTs, Json>,
  from: SlackTs,
  knownThreads: readonly SlackTs[],
): Set<SlackTs> {
  const continued = [...seen].filter(([, message]) => {
    const { latest_reply: latestReply } = message;
    return isTs(latestReply) && latestReply > from;
  });
  return new Set([...continued.map(([ts]) => ts), ...knownThreads.filter((ts) => !seen.has(ts))]);
}

/** A message as the event that told, or would have told, of it; none when nothing of it is newer than `from`. */
function eventOf(message: Json, { id: channel, isDirect }: Membership, from: SlackTs): Json[] {
  const place = { channel, channel_type: isDirect ? 'im' : 'channel' };
  const { ts } = message;
  if (!isTs(ts)) return [];
  const changed = { type: 'message', subtype: 'message_changed', message, ...place };
  if (message['subtype'] === 'tombstone') return [changed];
  if (ts > from) return [{ ...message, type: 'message', ...place }];
  const { ts: editedTs } = objectOf(message['edited']);
  return isTs(editedTs) && editedTs > from ? [changed] : [];
}

function timeOf(event: Json): string {
  return stringOf(event['ts']) ?? stringOf(objectOf(objectOf(event['message'])['edited'])['ts']) ?? '';
}
