import type { CallArguments } from '../arguments.ts';
import type { Clock } from '../clock.ts';
import type { Conversation, TeamEvent } from '../conversation.ts';
import type { App } from '../present.ts';
import type { Random } from '../random.ts';
import { Refusal } from '../refusal.ts';
import type { Channel, Message, Workspace } from '../state.ts';
import type { JsonObject } from '../types.ts';

export interface MethodContext {
  app: App;
  workspace: Workspace;
  args: CallArguments;
  clock: Clock;
  random: Random;
  conversation: Conversation;
  /** Events that follow from the call; delivered after the answer unless a fault says otherwise. */
  emit(events: readonly TeamEvent[]): void;
}

export interface Method {
  /** Any one of them is enough; empty: none is needed. */
  scopes: readonly string[];
  /** The answer without `ok`. Throws `Refusal`. */
  run(context: MethodContext): JsonObject;
}

/** Throws `missing_scope` with what is needed and what the token has. */
export function requireScope(workspace: Workspace, anyOf: readonly string[]): void {
  if (anyOf.length === 0 || anyOf.some((scope) => workspace.scopes.has(scope))) return;
  throw new Refusal('missing_scope', { needed: anyOf.join(','), provided: [...workspace.scopes].join(',') });
}

/** A channel that the bot can see: private ones without it do not exist for it. Throws `channel_not_found`. */
export function findChannel(workspace: Workspace, id: string): Channel {
  const channel = workspace.channels.get(id);
  if (channel === undefined || (channel.kind !== 'channel' && !channel.member))
    throw new Refusal('channel_not_found');
  return channel;
}

/** Throws what Slack answers when the bot may not write there. */
export function requireWritable(workspace: Workspace, channel: Channel, options: { joined: boolean }): void {
  const mayPostAnywhere = !options.joined && workspace.scopes.has('chat:write.public');
  if (!channel.member && !mayPostAnywhere) throw new Refusal('not_in_channel');
  if (channel.archived) throw new Refusal('is_archived');
}

/** A message of our own bot. Throws `message_not_found`, or `foreign` when somebody else wrote it. */
export function findOwnMessage(workspace: Workspace, channel: Channel, ts: string, foreign: string): Message {
  const message = channel.messages.get(ts);
  if (message === undefined || message.subtype === 'tombstone') throw new Refusal('message_not_found');
  if (message.botId !== workspace.botId) throw new Refusal(foreign);
  return message;
}
