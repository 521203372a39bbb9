import { invalidForm, refusals } from '../api-error.ts';
import type { Context } from '../context.ts';
import type { Json } from '../json.ts';
import { asObject } from '../json.ts';
import type { Draft } from '../message-actions.ts';
import { messageFlags, post } from '../message-actions.ts';
import {
  checkAllowedMentions,
  checkComponentsV2,
  readComponents,
  readContent,
  readEmbeds,
  readFlags,
  readNonce,
  storeFiles,
} from '../message-form.ts';
import { presentMessage, redactMessage } from '../present.ts';
import type { Channel, Message } from '../world.ts';
import { requirePermission, writableChannel } from './access.ts';
import type { UploadedFile } from './body.ts';
import { botPings, replyPings } from './pings.ts';
import type { Call, Reply, Route } from './route.ts';
import { param } from './route.ts';

/** The message for a response: text that the MESSAGE_CONTENT switch protects is empty over REST too. */
export function replyMessage(ctx: Context, message: Message): Json {
  const wire = presentMessage(ctx, message);
  return ctx.enabledIntents().includes('MESSAGE_CONTENT') ? wire : redactMessage(ctx, message, wire);
}

/** A checked message of the bot, ready to be posted into `channel`. @throws 50035, 50006, 40005 */
export function readDraft(
  ctx: Context,
  channel: Channel,
  body: Json,
  files: UploadedFile[],
  moreFlags = 0,
): Draft {
  const content = readContent(body);
  const flags = readFlags(body, moreFlags) ?? 0;
  const embeds = readEmbeds(body);
  const components = readComponents(body, (flags & messageFlags.componentsV2) !== 0);
  checkComponentsV2(flags, content, embeds);
  checkAllowedMentions(body);
  const nonce = readNonce(body);
  const text = content ?? '';
  if (text === '' && !embeds?.length && !components?.length && files.length === 0) {
    throw refusals.emptyMessage();
  }
  const attachments = storeFiles(ctx, channel.id, files, body);
  const pings = botPings(ctx, `a message created in ${channel.id}`, text, body);
  return {
    channel,
    authorId: ctx.botUserId,
    content: text,
    pings,
    nonce,
    flags,
    tts: body['tts'] === true,
    attachments,
    embeds: embeds ?? [],
    components: components ?? [],
  };
}

/** The bot's message with the same nonce, while it is remembered. */
function withNonce(ctx: Context, nonce: string | number | undefined): Message | undefined {
  if (nonce === undefined) return undefined;
  const since = ctx.clock.now() - ctx.settings.nonceMs;
  return [...ctx.world.messages.values()].findLast(
    (message) =>
      message.authorId === ctx.botUserId &&
      message.nonce !== undefined &&
      String(message.nonce) === String(nonce) &&
      message.createdAt > since,
  );
}

/** The message a reply answers. @throws 50035 when it is unknown and the caller cares. */
function readReference(ctx: Context, channel: Channel, body: Json): string | undefined {
  const reference = asObject(body['message_reference']);
  if (!reference) return undefined;
  const id = String(reference['message_id']);
  if (ctx.world.messageIn(channel.id, id)) return id;
  if (reference['fail_if_not_exists'] === false) return undefined;
  throw invalidForm('message_reference', 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
}

function createMessage(ctx: Context, call: Call): Reply {
  const channel = writableChannel(ctx, param(call, 'channel'));
  if (call.files.length > 0) requirePermission(ctx, channel, 'ATTACH_FILES');
  const draft = readDraft(ctx, channel, call.body, call.files);
  if (call.body['enforce_nonce'] === true) {
    const known = withNonce(ctx, draft.nonce);
    if (known) return { status: 200, body: replyMessage(ctx, known) };
  }
  const referenceId = readReference(ctx, channel, call.body);
  const answered = referenceId === undefined ? undefined : ctx.world.messages.get(referenceId);
  if (answered && replyPings(call.body)) {
    if (answered.authorId !== ctx.botUserId) {
      ctx.violations.push(`a reply created in ${channel.id} pings <@${answered.authorId}>`);
    }
    draft.pings = { ...draft.pings, userIds: [...new Set([...draft.pings.userIds, answered.authorId])] };
  }
  const message = post(ctx, { ...draft, referenceId });
  return { status: 200, body: replyMessage(ctx, message) };
}

export const createMessageRoutes: Route[] = [
  { method: 'POST', template: '/channels/:channel/messages', handle: createMessage },
];
