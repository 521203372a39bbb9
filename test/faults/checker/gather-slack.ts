import type { ApiCall, SlackFake } from '../../fakes/slack/index.ts';
import { groupBy } from './group-by.ts';
import { readSlackViolations } from './slack-violations.ts';
import type { AskedMessage, Deletion, SaidMessage, Snapshot, WriteCall } from './snapshot.ts';

type SlackPart = Pick<Snapshot, 'asked' | 'said' | 'writes' | 'deletions' | 'violations'>;

/** Subtypes that a person's own words come in. */
const SPOKEN = new Set<unknown>([undefined, 'file_share', 'thread_broadcast', 'me_message']);

const KINDS: Readonly<Record<string, WriteCall['kind']>> = {
  'chat.postMessage': 'post',
  'chat.update': 'edit',
  'chat.delete': 'remove',
};

/** What the fake Slack recorded, as the checker reads it. */
export function gatherSlack(slack: SlackFake): SlackPart {
  const bots = new Set(slack.teams.map(({ botUserId }) => botUserId));
  const channels = new Set(
    slack.deliveries.flatMap(({ event }) => (typeof event['channel'] === 'string' ? [event['channel']] : [])),
  );
  const standing = [...channels].flatMap((channel) => slack.messages(channel));
  const said = standing
    .filter(({ user, subtype }) => bots.has(user) && subtype === undefined)
    .map((message): SaidMessage => {
      const { run_id: runId, part } = message.metadata?.event_payload ?? {};
      return {
        platform: 'slack',
        place: message.channel,
        messageId: message.ts,
        text: message.visible,
        names: typeof runId === 'string' && typeof part === 'number' ? { runId, part } : null,
        streaming: message.streaming,
      };
    });
  const writes = slack.history.flatMap(readWrite);
  return {
    asked: readAsked(slack, bots, standing),
    said,
    writes,
    deletions: readDeletions(slack, bots, writes),
    violations: readSlackViolations(slack),
  };
}

function readAsked(
  { deliveries }: SlackFake,
  bots: ReadonlySet<string>,
  standing: ReturnType<SlackFake['messages']>,
): AskedMessage[] {
  const here = new Map(standing.map((message) => [`${message.channel}:${message.ts}`, message]));
  const told = groupBy(deliveries, ({ event }) => {
    const { type, user, subtype, channel, ts, bot_id: botId } = event;
    const spoken =
      (type === 'message' || type === 'app_mention') && SPOKEN.has(subtype) && botId === undefined;
    return spoken && typeof user === 'string' && !bots.has(user) ? `${String(channel)}:${String(ts)}` : null;
  });
  return [...told].flatMap(([key, attempts]): AskedMessage[] => {
    const [first] = attempts;
    if (first === undefined) return [];
    const { channel, ts, text, files } = first.event;
    const now = here.get(key);
    return [
      {
        platform: 'slack',
        place: String(channel),
        messageId: String(ts),
        text: typeof text === 'string' ? text : '',
        hasFiles: Array.isArray(files) && files.length > 0,
        acknowledged: attempts.some(({ outcome }) => outcome === 'acked'),
        deleted: now === undefined || now.subtype === 'tombstone',
      },
    ];
  });
}

function readWrite(call: ApiCall): WriteCall[] {
  const kind = KINDS[call.method];
  if (kind === undefined) return [];
  const { ts, channel } = call.args;
  return [
    {
      platform: 'slack',
      place: String(channel),
      at: call.at,
      kind,
      messageId: typeof ts === 'string' ? ts : null,
      outcome: call.outcome === 'ok' ? 'accepted' : call.outcome === 'refused' ? 'refused' : 'failed',
    },
  ];
}

function readDeletions(
  { deliveries }: SlackFake,
  bots: ReadonlySet<string>,
  writes: readonly WriteCall[],
): Deletion[] {
  const removals = new Map(
    writes
      .filter(({ kind, outcome }) => kind === 'remove' && outcome !== 'refused')
      .map((write) => [`${write.place}:${write.messageId}`, write]),
  );
  const told = groupBy(deliveries, ({ event }) => {
    const previous = event['previous_message'];
    const author = typeof previous === 'object' && previous !== null && 'user' in previous && previous.user;
    const ours = event['subtype'] === 'message_deleted' && typeof author === 'string' && bots.has(author);
    return ours ? `${String(event['channel'])}:${String(event['deleted_ts'])}` : null;
  });
  return [...told].flatMap(([key, [first]]) => {
    if (first === undefined) return [];
    const removal = removals.get(key);
    return {
      platform: 'slack',
      place: String(first.event['channel']),
      messageId: String(first.event['deleted_ts']),
      at: removal?.at ?? first.at,
      by: removal === undefined ? 'person' : 'bot',
    };
  });
}
