import type { Platform } from '../origin.ts';
import type { Binding, ChannelBinding } from './binding.ts';

/** What an adapter knows of a message when it asks whether to answer it. */
export interface ListeningInput {
  readonly platform: Platform;
  readonly tenant: string;
  /** The channel the message was written in; on Discord that may be the thread. */
  readonly channel: string;
  readonly channelName?: string | null;
  /** On Discord, the forum or text channel that holds the thread. */
  readonly parentChannel?: string | null;
  readonly parentChannelName?: string | null;
  /** Whether the holding channel is a forum; left out when unknown, and either kind of binding fits then. */
  readonly isForum?: boolean | null;
  readonly isDirectMessage: boolean;
  readonly mentionsBot: boolean;
  readonly isThreadReply: boolean;
  /** The bot is already part of the message's thread. */
  readonly threadKnown: boolean;
}

/** `reason` is a sentence's end for logs and people: "answered because …", "left alone because …". */
export type ListeningDecision =
  | { readonly answer: true; readonly project: string; readonly assistant: string; readonly reason: string }
  | { readonly answer: false; readonly reason: string };

/**
 * Whether the bot answers a message, and for which project with which assistant. Pure. A tenant's own binding
 * goes before the one for all tenants, a channel's id before its name. Messages of bots are filtered before.
 */
export function decideListening(bindings: readonly Binding[], input: ListeningInput): ListeningDecision {
  const binding = findBinding(bindings, input.platform, input.tenant);
  if (binding === undefined)
    return { answer: false, reason: `no binding covers ${input.platform} ${input.tenant}` };
  const { project } = binding;
  if (input.isDirectMessage) {
    if (!binding.directMessages) return { answer: false, reason: 'direct messages are switched off' };
    return { answer: true, project, assistant: binding.assistant, reason: 'it is a direct message' };
  }
  const channel = findChannel(binding.channels, input);
  const { answer, assistant } = channel ?? binding;
  const reason = reasonToAnswer(answer, input);
  if (reason !== undefined) return { answer: true, project, assistant, reason };
  return { answer: false, reason: reasonToLeaveAlone(answer, input) };
}

/** The binding of a tenant: its own, else the one for all tenants of the platform. */
export function findBinding(
  bindings: readonly Binding[],
  platform: Platform,
  tenant: string,
): Binding | undefined {
  const ofPlatform = bindings.filter((binding) => binding.platform === platform);
  return (
    ofPlatform.find((binding) => binding.tenant === tenant) ??
    ofPlatform.find((binding) => binding.tenant === undefined)
  );
}

/** Whether a platform's bindings name channels by name, so that an adapter must look names up before it asks. */
export function needsChannelNames(bindings: readonly Binding[], platform: Platform): boolean {
  return bindings.some(
    (binding) =>
      binding.platform === platform && binding.channels.some((channel) => channel.name !== undefined),
  );
}

function reasonToAnswer(answer: Binding['answer'], input: ListeningInput): string | undefined {
  if (answer === 'never') return undefined;
  if (answer === 'every_message') return 'every message of this channel is answered';
  if (input.mentionsBot) return 'the bot is mentioned';
  return input.threadKnown && input.isThreadReply ? 'the bot is part of the thread' : undefined;
}

function reasonToLeaveAlone(answer: Binding['answer'], input: ListeningInput): string {
  if (answer === 'never') return 'nothing in this channel is answered';
  return input.isThreadReply
    ? 'the bot is neither mentioned nor part of the thread'
    : 'the bot is not mentioned';
}

function findChannel(channels: readonly ChannelBinding[], input: ListeningInput): ChannelBinding | undefined {
  const fitting = channels.filter(
    (channel) => typeof input.isForum !== 'boolean' || (channel.kind === 'forum') === input.isForum,
  );
  const ids = [input.channel, input.parentChannel];
  const names = [input.channelName, input.parentChannelName].map(normalName);
  return (
    fitting.find((channel) => channel.id !== undefined && ids.includes(channel.id)) ??
    fitting.find((channel) => channel.name !== undefined && names.includes(normalName(channel.name)))
  );
}

function normalName(name: string | null | undefined): string | undefined {
  return name?.replace(/^#/, '').toLowerCase();
}
