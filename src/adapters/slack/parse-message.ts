import type { Attachment } from '../../core/messages/message.ts';
import type { Origin } from '../../core/origin.ts';
import type { IncomingMessage } from '../../core/ports.ts';
import { blockText } from './block-text.ts';
import type { SlackIdentity } from './identity.ts';
import { type Json, objectsOf, stringOf } from './json.ts';
import { mentions, type Names, readableText } from './readable-text.ts';
import { isTs, tsToDate } from './timestamp.ts';

export type ParseContext = {
  identity: Pick<SlackIdentity, 'botUserId'>;
  names: Names;
  /** The team that the bot's token belongs to. */
  tenant: string;
};

/** Subtypes that a person's own words come in. */
const SPOKEN = new Set<unknown>([undefined, 'file_share', 'thread_broadcast', 'me_message']);

/** Whether a person said this: no bot, no system message. The bot's own edits carry `bot_id` inside `message` only. */
export function isSpokenByPerson(message: Json, botUserId: string): boolean {
  const user = stringOf(message['user']);
  if (user === undefined || user === botUserId || user === 'USLACKBOT') return false;
  if (stringOf(message['bot_id']) !== undefined) return false;
  return SPOKEN.has(message['subtype'] ?? undefined);
}

/** A message's words in wire form, wherever Slack put them. */
export function wireText(message: Json): string {
  const attached = () =>
    objectsOf(message['attachments'])
      .map((attachment) => stringOf(attachment['text']) ?? stringOf(attachment['fallback']) ?? '')
      .filter(Boolean)
      .join('\n');
  return stringOf(message['text']) ?? (blockText(message['blocks']) || attached());
}

export function originOf(message: Json, channel: string, ts: string, tenant: string): Origin {
  return { platform: 'slack', tenant, channel, thread: stringOf(message['thread_ts']) ?? ts };
}

/** A `message` or `app_mention` event that a person wrote, or null where it lacks channel, user or time. */
export function parseMessage(event: Json, context: ParseContext): IncomingMessage | null {
  const { ts } = event;
  const channel = stringOf(event['channel']);
  const user = stringOf(event['user']);
  if (!isTs(ts) || channel === undefined || user === undefined) return null;
  const { botUserId } = context.identity;
  const wire = wireText(event);
  const name = context.names.userName(user);
  const origin = originOf(event, channel, ts, context.tenant);
  return {
    origin,
    sourceId: ts,
    author: { id: user, isBot: false, ...(name === undefined ? {} : { name }) },
    text: readableText(wire, botUserId, context.names),
    attachments: objectsOf(event['files']).flatMap(parseFile),
    sentAt: tsToDate(ts),
    mentionsBot: event['type'] === 'app_mention' || mentions(wire, botUserId),
    isDirectMessage: isDirectMessage(event, channel),
    startsThread: origin.thread === ts,
    threadName: null,
    channelName: context.names.channelName(channel) ?? null,
    metadata: {},
  };
}

/** app_mention events carry no `channel_type`; ids of direct conversations start with D. */
function isDirectMessage(event: Json, channel: string): boolean {
  const type = stringOf(event['channel_type']);
  return type === undefined ? channel.startsWith('D') : type === 'im';
}

/** A file, but none for what a person has deleted meanwhile (`mode: tombstone`). */
function parseFile(file: Json): Attachment[] {
  const id = stringOf(file['id']);
  if (id === undefined || file['mode'] === 'tombstone') return [];
  return [
    {
      id,
      name: stringOf(file['name']) ?? stringOf(file['title']) ?? id,
      mediaType: stringOf(file['mimetype']) ?? null,
      sizeBytes: typeof file['size'] === 'number' ? file['size'] : null,
      url: stringOf(file['url_private_download']) ?? stringOf(file['url_private']) ?? null,
    },
  ];
}
