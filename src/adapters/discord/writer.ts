import type { RESTPostAPIChannelMessageJSONBody } from 'discord.js';
import { MessageFlags } from 'discord.js';
import type { ButtonPair } from '../../core/approval/approval-text.ts';
import type { Origin } from '../../core/origin.ts';
import type {
  ApprovalButtons,
  PartAddress,
  PlatformWriter,
  ThinkingIndicator,
  WriteOutcome,
} from '../../core/ports.ts';
import type { ApiResult, DiscordApi } from './api.ts';
import { rowsOfButtons } from './approval-components.ts';
import { budgetsOf } from './budgets.ts';
import { discordText } from './format.ts';
import { nonceOf } from './nonce.ts';
import { mayOpenThread, openThread } from './open-thread.ts';
import type { PostedParts } from './posted-parts.ts';
import { justBefore } from './snowflake.ts';
import { TYPING_REFRESH_MS } from './limits.ts';

export type DiscordWriter = PlatformWriter & ThinkingIndicator & ApprovalButtons;

const UNKNOWN_CHANNEL = 10003;

const DONE = { kind: 'done', value: undefined } as const;

export type WriterParts = {
  api: DiscordApi;
  posted: PostedParts;
  /** The bot's own user id, or null when Discord would not tell. */
  botId: () => Promise<string | null>;
};

function outcomeOf<T>(result: ApiResult<T>): WriteOutcome<T> {
  if (result.kind === 'done') return result;
  const { code: _, ...failure } = result;
  return failure;
}

/** Nobody is pinged and no link unfolds, whatever the text says. */
function contentOf(
  text: string,
): Pick<RESTPostAPIChannelMessageJSONBody, 'content' | 'flags' | 'allowed_mentions'> {
  return { content: text, flags: MessageFlags.SuppressEmbeds, allowed_mentions: { parse: [] } };
}

/**
 * Writes parts of answers to Discord. Text is what `text.format` returned.
 *
 * A part is posted once: every post of it carries the same nonce, and for a few minutes Discord answers a repeated nonce
 * with the message that is there. `findPosted` finds it without posting from this process's memory, or where Discord
 * still shows the nonce; `null` from it is safe to follow by `post` within those minutes.
 */
export function createDiscordWriter({ api, posted, botId }: WriterParts): DiscordWriter {
  /** Without buttons those that are there go away. */
  async function edit(
    address: PartAddress,
    messageId: string,
    text: string,
    signal: AbortSignal,
    buttons: readonly ButtonPair[] = [],
  ): Promise<WriteOutcome> {
    const refused = refuseText(text);
    if (refused !== null) return refused;
    const { thread } = address.origin;
    const body = { ...contentOf(text), components: rowsOfButtons(address.runId, buttons) };
    const edited = await api.edit(thread, messageId, body, signal);
    if (edited.kind === 'done') return DONE;
    if (edited.kind !== 'rejected' || edited.reason !== 'archived') return outcomeOf(edited);
    const opened = await api.unarchive(thread, signal);
    if (opened.kind !== 'done') return outcomeOf(opened);
    const again = await api.edit(thread, messageId, body, signal);
    return again.kind === 'done' ? DONE : outcomeOf(again);
  }

  async function post(
    address: PartAddress,
    text: string,
    signal: AbortSignal,
  ): Promise<WriteOutcome<{ messageId: string }>> {
    const refused = refuseText(text);
    if (refused !== null) return refused;
    const { thread } = address.origin;
    const nonce = nonceOf(address);
    const body = { ...contentOf(text), nonce, enforce_nonce: true };
    let sent = await api.post(thread, body, signal);
    if (sent.kind !== 'done' && sent.code === UNKNOWN_CHANNEL && mayOpenThread(address)) {
      const opened = await openThread(api, address, botId, signal);
      if (opened.kind !== 'done') return opened;
      sent = await api.post(thread, body, signal);
    }
    if (sent.kind !== 'done') return outcomeOf(sent);
    const messageId = sent.value.id;
    posted.remember(nonce, messageId);
    // A nonce that was used returns the message of that time, which may say less than the text does now.
    if (sent.value.content.trim() !== text.trim()) {
      const caughtUp = await edit(address, messageId, text, signal);
      if (caughtUp.kind !== 'done') return caughtUp;
    }
    return { kind: 'done', value: { messageId } };
  }

  async function findPosted(
    address: PartAddress,
    signal: AbortSignal,
  ): Promise<WriteOutcome<{ messageId: string } | null>> {
    const nonce = nonceOf(address);
    const known = posted.find(nonce);
    if (known !== undefined) return { kind: 'done', value: { messageId: known } };
    const { thread } = address.origin;
    const after = address.replyTo === null ? thread : justBefore(address.replyTo);
    const read = await api.messagesAfter(thread, after, signal);
    if (read.kind !== 'done') {
      const notOpened = read.code === UNKNOWN_CHANNEL && mayOpenThread(address);
      return notOpened ? { kind: 'done', value: null } : outcomeOf(read);
    }
    const mine = read.value.find((message) => String(message.nonce) === nonce);
    if (mine === undefined) return { kind: 'done', value: null };
    posted.remember(nonce, mine.id);
    return { kind: 'done', value: { messageId: mine.id } };
  }

  return {
    platform: 'discord',
    text: discordText,
    refreshMs: TYPING_REFRESH_MS,
    budgets: budgetsOf,
    post,
    edit: (address, messageId, text, signal) => edit(address, messageId, text, signal),
    editWithButtons: (address, messageId, text, buttons, signal) =>
      edit(address, messageId, text, signal, buttons),
    findPosted,
    async remove(address, messageId, signal) {
      const removed = await api.remove(address.origin.thread, messageId, signal);
      const gone = removed.kind === 'rejected' && removed.reason === 'message_gone';
      return removed.kind === 'done' || gone ? DONE : outcomeOf(removed);
    },
    async showThinking(origin: Origin) {
      const shown = await api.typing(origin.thread);
      // The thread of a mention is opened with the first part: until then its people look at the channel.
      const notOpened = shown.kind !== 'done' && shown.code === UNKNOWN_CHANNEL;
      if (notOpened && origin.channel !== origin.thread) await api.typing(origin.channel);
    },
  };
}

function refuseText(text: string): Extract<WriteOutcome<never>, { kind: 'rejected' }> | null {
  if (text.length > discordText.limit) {
    return { kind: 'rejected', reason: 'too_long', sentence: 'The message is longer than Discord takes.' };
  }
  if (text.trim() === '') return { kind: 'rejected', reason: 'invalid', sentence: 'The message is empty.' };
  return null;
}
