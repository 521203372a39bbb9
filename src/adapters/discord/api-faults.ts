import type { PlatformRefusal } from '../../core/ports.ts';

export type ApiFault =
  | { kind: 'refusal'; reason: PlatformRefusal; sentence: string }
  | { kind: 'busy'; waitMs: number; sentence: string };

function refusal(reason: PlatformRefusal, sentence: string): ApiFault {
  return { kind: 'refusal', reason, sentence };
}

function busy(waitMs: number, sentence: string): ApiFault {
  return { kind: 'busy', waitMs, sentence };
}

/** How long to leave a place alone that Discord calls busy without naming a wait. */
const BUSY_MS = 5_000;
/** The same where old messages were edited too often, which Discord counts by the minute. */
const OLD_EDITS_MS = 60_000;

/** What Discord's JSON error codes mean for a write. Codes that are not here are judged by their HTTP status. */
export const FAULTS: Readonly<Record<number, ApiFault>> = {
  10003: refusal('thread_gone', 'The thread no longer exists.'),
  10004: refusal('no_access', 'The bot is no longer a member of this server.'),
  10008: refusal('message_gone', 'The message no longer exists.'),
  20016: busy(BUSY_MS, 'The channel is in slow mode.'),
  20028: busy(BUSY_MS, 'The channel takes no more messages for the moment.'),
  20029: busy(BUSY_MS, 'The server takes no more messages for the moment.'),
  30046: busy(
    OLD_EDITS_MS,
    'This message is more than an hour old, and such messages were edited too often just now.',
  ),
  40001: refusal('bad_credentials', 'Discord does not accept the bot token.'),
  40002: refusal('no_access', "The bot's account must be verified first."),
  40005: refusal('too_long', 'The message is too large.'),
  40062: busy(BUSY_MS, 'Discord limits this service for the moment.'),
  40067: refusal('invalid', 'This forum asks for a tag on every post.'),
  50001: refusal('no_access', 'The bot cannot see this channel.'),
  50003: refusal('no_access', 'This cannot be done in a direct message.'),
  50005: refusal('not_editable', 'The message was written by somebody else.'),
  50006: refusal('invalid', 'The message is empty.'),
  50007: refusal('no_access', 'This person takes no direct messages from the bot.'),
  50008: refusal('no_access', 'This channel takes no text messages.'),
  50009: refusal('no_access', "The channel's verification level is too high for the bot."),
  50013: refusal('no_access', 'The bot lacks a permission in this channel.'),
  50014: refusal('bad_credentials', 'Discord does not accept the bot token.'),
  50021: refusal('not_editable', 'A system message cannot be changed.'),
  50024: refusal('invalid', 'This cannot be done in a channel of this type.'),
  50035: refusal('invalid', 'Discord calls the message malformed.'),
  50083: refusal('archived', 'The thread is archived.'),
  50109: refusal('invalid', 'Discord calls the message malformed.'),
  50278: refusal('no_access', 'This person shares no server with the bot.'),
  130000: busy(BUSY_MS, 'Discord is overloaded for the moment.'),
  160004: refusal('invalid', 'The message has a thread already.'),
  160005: refusal('locked', 'The thread is locked.'),
  160006: refusal('no_access', 'The server has as many active threads as Discord allows.'),
  160007: refusal('no_access', 'The server has as many active announcement threads as Discord allows.'),
  200000: refusal('invalid', "The server's automatic moderation blocked the message."),
  200001: refusal('invalid', "The server's automatic moderation blocked the title."),
  240000: refusal('invalid', 'Discord blocked a link in the message as harmful.'),
};

/** Judges an answer by its HTTP status alone; null for 5xx and what is no refusal. */
export function faultOfStatus(status: number): ApiFault | null {
  if (status === 401) return refusal('bad_credentials', 'Discord does not accept the bot token.');
  if (status === 403) return refusal('no_access', 'Discord forbids this to the bot.');
  if (status === 404) return refusal('thread_gone', 'Discord does not know this place.');
  if (status === 408 || status === 429) return busy(BUSY_MS, 'Discord asks to try again later.');
  if (status === 413) return refusal('too_long', 'The message is too large.');
  return status >= 400 && status < 500 ? refusal('invalid', 'Discord refused the call.') : null;
}

/** Network errors before a request left this machine: the call surely did not happen. */
export const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
