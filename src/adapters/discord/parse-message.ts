import type { APIAttachment, APIGuildMember, APIMessage } from 'discord.js';
import { MessageType } from 'discord.js';
import type { Attachment } from '../../core/messages/message.ts';
import type { IncomingMessage } from '../../core/ports.ts';
import { sanitiseText } from '../../core/rendering/sanitise.ts';
import type { Metadata } from '../../core/threads/thread.ts';
import type { Directory, Place } from './directory.ts';
import { originOf } from './origin.ts';
import { mentionsBot, readableText } from './readable-text.ts';

/** A message of REST, or of the gateway, which adds who the author is in the server. */
export type WireMessage = APIMessage & { member?: Pick<APIGuildMember, 'roles'> & { nick?: string | null } };

/** People's own messages; everything else (joins, pins, thread starts) is written by Discord. */
const TYPES_OF_PEOPLE: ReadonlySet<MessageType> = new Set([MessageType.Default, MessageType.Reply]);

/** Whether a person wrote it: no bot, this one included, no webhook, no system message. */
export function isFromPerson(message: Pick<APIMessage, 'author' | 'type' | 'webhook_id'>): boolean {
  const { author } = message;
  if (author.bot === true || author.system === true || message.webhook_id !== undefined) return false;
  return TYPES_OF_PEOPLE.has(message.type);
}

/** Whether the message shows nothing at all, which happens to others' messages when the intent is missing. */
export function isBare(message: APIMessage): boolean {
  return (
    message.content === '' &&
    message.attachments.length === 0 &&
    message.embeds.length === 0 &&
    (message.sticker_items ?? []).length === 0 &&
    (message.message_snapshots ?? []).length === 0 &&
    message.poll === undefined
  );
}

function attachmentOf(file: APIAttachment): Attachment {
  return {
    id: file.id,
    name: sanitiseText(file.filename),
    mediaType: file.content_type ?? null,
    sizeBytes: file.size,
    url: file.url,
  };
}

/** The text of a message with its stickers, its poll's question and what it forwards. */
export function textOf(message: WireMessage, place: Place, directory: Directory, botId: string): string {
  const names = {
    botId,
    mentions: message.mentions ?? [],
    botRoleId: directory.botRole(place.guildId),
    channelName: (id: string) => directory.get(id)?.name ?? null,
    roleName: (id: string) => directory.roleName(place.guildId, id),
  };
  const forwarded = message.message_snapshots?.map((snapshot) => snapshot.message.content) ?? [];
  const stickers = message.sticker_items?.map((sticker) => `:${sticker.name}:`) ?? [];
  const poll = message.poll?.question.text === undefined ? [] : [message.poll.question.text];
  const pieces = [message.content, ...forwarded, ...poll, ...stickers];
  return pieces
    .map((piece) => readableText(piece, names))
    .filter((piece) => piece !== '')
    .join('\n');
}

/** A forum post's applied tags by name, in the order of Discord. Empty object elsewhere. */
export function metadataOf(thread: Place, parent: Place | undefined): Metadata {
  if (thread.kind !== 'thread' || parent?.kind !== 'forum') return {};
  return { tags: thread.appliedTagIds.flatMap((id) => parent.tagNames.get(id) ?? []) };
}

/** The facts of a person's message; null where no thread can be. */
export function parseMessage(
  message: WireMessage,
  place: Place,
  directory: Directory,
  botId: string,
): IncomingMessage | null {
  const origin = originOf(place, message.id);
  if (origin === null) return null;
  const parent = place.parentId === null ? undefined : directory.get(place.parentId);
  const name = message.member?.nick ?? message.author.global_name ?? message.author.username;
  return {
    origin,
    sourceId: message.id,
    author: {
      id: message.author.id,
      name: sanitiseText(name),
      isBot: false,
      ...(message.member !== undefined && { roles: message.member.roles }),
    },
    text: textOf(message, place, directory, botId),
    attachments: (message.attachments ?? []).map(attachmentOf),
    sentAt: new Date(message.timestamp),
    mentionsBot: mentionsBot(message.content, botId, directory.botRole(place.guildId)),
    isDirectMessage: place.kind === 'dm',
    startsThread: place.kind === 'text' || message.id === place.id,
    threadName: place.kind === 'thread' ? place.name : null,
    channelName: place.kind === 'thread' ? (parent?.name ?? null) : place.name,
    metadata: metadataOf(place, parent),
  };
}
