import type { Origin } from '../../core/origin.ts';
import type { IncomingClosure, IncomingDeletion, IncomingEdit, IncomingMessage } from '../../core/ports.ts';
import { type Json, objectOf, objectsOf, stringOf } from './json.ts';
import { isSpokenByPerson, originOf, type ParseContext, parseMessage, wireText } from './parse-message.ts';
import { readableText } from './readable-text.ts';
import { isTs, tsToDate } from './timestamp.ts';

/** What one event tells. `ignored` says why, for the log. */
export type SlackFact =
  | { kind: 'message'; message: IncomingMessage }
  | { kind: 'edit'; edit: IncomingEdit }
  | { kind: 'deletion'; deletion: IncomingDeletion }
  | { kind: 'closure'; closure: IncomingClosure }
  | { kind: 'stop'; origin: Origin }
  | { kind: 'channel_named'; channel: string; name: string }
  | { kind: 'channel_joined'; channel: string }
  | { kind: 'ignored'; why: string };

/**
 * Whether the installation that an event is for is this team's. The app's sockets get the events of all teams that have
 * installed it; an envelope without `authorizations`, or of an organisation-wide installation, is taken.
 */
export function isForTeam(body: Json, teamId: string): boolean {
  const [authorization] = objectsOf(body['authorizations']);
  const team = stringOf(authorization?.['team_id']);
  return team === undefined || team === teamId || authorization?.['is_enterprise_install'] === true;
}

/** An Events API event → facts, in the order in which they are to be told. Pure; never throws. */
export function parseEvent(event: Json, context: ParseContext): SlackFact[] {
  switch (event['type']) {
    case 'message':
    case 'app_mention':
      return parseMessageEvent(event, context);
    case 'agent_session_stopped':
      return parseStop(event, context.tenant);
    case 'channel_rename':
    case 'group_rename':
      return parseRename(objectOf(event['channel']));
    case 'member_joined_channel':
      return parseJoin(event, context.identity.botUserId);
    default:
      return ignored(`nothing to do for ${stringOf(event['type']) ?? 'an event without a type'}`);
  }
}

function parseMessageEvent(event: Json, context: ParseContext): SlackFact[] {
  if (event['subtype'] === 'message_changed') return parseChange(event, context);
  if (event['subtype'] === 'message_deleted') return parseDeletion(event, context.tenant);
  if (!isSpokenByPerson(event, context.identity.botUserId)) return ignored('no person wrote it');
  const message = parseMessage(event, context);
  return message === null ? ignored('it lacks channel or time') : [{ kind: 'message', message }];
}

function parseChange(event: Json, context: ParseContext): SlackFact[] {
  const channel = stringOf(event['channel']);
  const message = objectOf(event['message']);
  const { ts } = message;
  if (channel === undefined || !isTs(ts)) return ignored('a change without channel or time');
  const origin = originOf(message, channel, ts, context.tenant);
  const at = timeOf(event) ?? tsToDate(ts);
  // A deleted message that has replies leaves a tombstone in its place.
  if (message['subtype'] === 'tombstone') return deletionOf(origin, ts, at);
  if (!isSpokenByPerson(message, context.identity.botUserId)) return ignored('no person edited it');
  if (!isRealEdit(event)) return ignored('its words are the same');
  const text = readableText(wireText(message), context.identity.botUserId, context.names);
  const { ts: editedTs } = objectOf(message['edited']);
  const editedAt = isTs(editedTs) ? tsToDate(editedTs) : at;
  return [{ kind: 'edit', edit: { origin, sourceId: ts, text, editedAt } }];
}

/** Link previews, replies and pins also come as changes; only a person's edit changes the words. */
function isRealEdit(event: Json): boolean {
  const message = objectOf(event['message']);
  if (!('previous_message' in event)) return 'edited' in message;
  return wireText(message) !== wireText(objectOf(event['previous_message']));
}

function parseDeletion(event: Json, tenant: string): SlackFact[] {
  const channel = stringOf(event['channel']);
  const { deleted_ts: ts } = event;
  if (channel === undefined || !isTs(ts)) return ignored('a deletion without channel or time');
  const origin = originOf(objectOf(event['previous_message']), channel, ts, tenant);
  return deletionOf(origin, ts, timeOf(event) ?? tsToDate(ts));
}

function deletionOf(origin: Origin, ts: string, at: Date): SlackFact[] {
  const deletion: SlackFact = { kind: 'deletion', deletion: { origin, sourceId: ts, deletedAt: at } };
  if (origin.thread !== ts) return [deletion];
  return [deletion, { kind: 'closure', closure: { origin, reason: 'root_deleted', closedAt: at } }];
}

function parseStop(event: Json, tenant: string): SlackFact[] {
  const channel = stringOf(event['channel']);
  const thread = stringOf(event['thread_ts']);
  if (channel === undefined || thread === undefined) return ignored('a stop without channel or thread');
  return [{ kind: 'stop', origin: { platform: 'slack', tenant, channel, thread } }];
}

function parseRename(channel: Json): SlackFact[] {
  const id = stringOf(channel['id']);
  const name = stringOf(channel['name']);
  if (id === undefined || name === undefined) return ignored('a rename without channel or name');
  return [{ kind: 'channel_named', channel: id, name }];
}

function parseJoin(event: Json, botUserId: string): SlackFact[] {
  const channel = stringOf(event['channel']);
  if (event['user'] !== botUserId || channel === undefined) return ignored('somebody else joined');
  return [{ kind: 'channel_joined', channel }];
}

function timeOf(event: Json): Date | undefined {
  const { event_ts: eventTs, ts } = event;
  if (isTs(eventTs)) return tsToDate(eventTs);
  return isTs(ts) ? tsToDate(ts) : undefined;
}

function ignored(why: string): SlackFact[] {
  return [{ kind: 'ignored', why }];
}
