import { invalidForm, refusals } from '../api-error.ts';
import type { Context, Interaction } from '../context.ts';
import type { Json } from '../json.ts';
import { asObject } from '../json.ts';
import { edit, messageFlags, messageTypes, post, remove } from '../message-actions.ts';
import { presentMessage } from '../present.ts';
import type { Message } from '../world.ts';
import { readDraft } from './create-message.ts';
import { readEdit } from './messages.ts';
import type { Call, Reply, Route } from './route.ts';
import { param } from './route.ts';

/** An interaction is answered within 3 s, its token lives 15 minutes. */
const answerWithin = 3_000;
const tokenLives = 15 * 60_000;

const callbackTypes = { pong: 1, message: 4, deferredMessage: 5, deferredUpdate: 6, update: 7, modal: 9 };

function respond(ctx: Context, interaction: Interaction, data: Json, call: Call): Message {
  const channel = ctx.world.channels.get(interaction.channelId);
  if (!channel) throw refusals.unknownChannel();
  if (channel.thread?.locked) throw refusals.archived();
  const draft = readDraft(ctx, channel, data, call.files, messageFlags.ephemeral);
  const message = post(ctx, { ...draft, type: messageTypes.command, interactionId: interaction.id });
  interaction.responseId ??= message.id;
  return message;
}

function defer(ctx: Context, interaction: Interaction, data: Json): void {
  const ephemeral = Number(data['flags'] ?? 0) & messageFlags.ephemeral;
  const message = post(ctx, {
    channel: ctx.world.channel(interaction.channelId),
    authorId: ctx.botUserId,
    content: '',
    pings: { userIds: [], roleIds: [], everyone: false },
    type: messageTypes.command,
    flags: messageFlags.loading | ephemeral,
    interactionId: interaction.id,
  });
  interaction.responseId = message.id;
}

function callback(ctx: Context, call: Call): Reply {
  const interaction = ctx.interactions.get(param(call, 'token'));
  if (interaction?.id !== param(call, 'interaction')) throw refusals.unknownInteraction();
  if (interaction.acknowledgedAt !== undefined) throw refusals.alreadyAcknowledged();
  if (ctx.clock.now() - interaction.createdAt > answerWithin) throw refusals.unknownInteraction();
  const data = asObject(call.body['data']) ?? {};
  const source = interaction.sourceMessageId
    ? ctx.world.messages.get(interaction.sourceMessageId)
    : undefined;
  switch (call.body['type']) {
    case callbackTypes.message:
      respond(ctx, interaction, data, call);
      break;
    case callbackTypes.deferredMessage:
      defer(ctx, interaction, data);
      break;
    case callbackTypes.deferredUpdate:
      interaction.responseId = source?.id;
      break;
    case callbackTypes.update:
      if (source) edit(ctx, source, readEdit(ctx, source, { ...call, body: data }));
      interaction.responseId = source?.id;
      break;
    case callbackTypes.pong:
    case callbackTypes.modal:
      break;
    default:
      throw invalidForm('type', 'BASE_TYPE_CHOICES', 'Value must be one of {1, 4, 5, 6, 7, 9}.');
  }
  interaction.acknowledgedAt = ctx.clock.now();
  if (call.query.get('with_response') !== 'true') return { status: 204 };
  const message = interaction.responseId ? ctx.world.messages.get(interaction.responseId) : undefined;
  return {
    status: 200,
    body: {
      interaction: { id: interaction.id, type: 2, response_message_id: message?.id },
      ...(message && { resource: { type: call.body['type'], message: presentMessage(ctx, message) } }),
    },
  };
}

function byWebhook(ctx: Context, call: Call): Interaction {
  if (param(call, 'application') !== ctx.applicationId) throw refusals.unknownWebhook();
  const interaction = ctx.interactions.get(param(call, 'token'));
  if (!interaction || ctx.clock.now() - interaction.createdAt > tokenLives)
    throw refusals.invalidWebhookToken();
  if (interaction.acknowledgedAt === undefined) throw refusals.unknownWebhook();
  return interaction;
}

function followUp(ctx: Context, call: Call): Reply {
  const interaction = byWebhook(ctx, call);
  return { status: 200, body: presentMessage(ctx, respond(ctx, interaction, call.body, call)) };
}

function responseMessage(ctx: Context, call: Call): Message {
  const interaction = byWebhook(ctx, call);
  const name = param(call, 'message');
  const id = name === '@original' ? interaction.responseId : name;
  const message = id === undefined ? undefined : ctx.world.messageIn(interaction.channelId, id);
  if (!message) throw refusals.unknownMessage();
  return message;
}

function editResponse(ctx: Context, call: Call): Reply {
  const message = responseMessage(ctx, call);
  if (ctx.world.channels.get(message.channelId)?.thread?.archived) throw refusals.archived();
  const change = readEdit(ctx, message, call);
  edit(ctx, message, { ...change, flags: (change.flags ?? message.flags) & ~messageFlags.loading });
  return { status: 200, body: presentMessage(ctx, message) };
}

function getResponse(ctx: Context, call: Call): Reply {
  return { status: 200, body: presentMessage(ctx, responseMessage(ctx, call)) };
}

function deleteResponse(ctx: Context, call: Call): Reply {
  remove(ctx, responseMessage(ctx, call));
  return { status: 204 };
}

const message = '/webhooks/:application/:token/messages/:message';

export const interactionRoutes: Route[] = [
  { method: 'POST', template: '/interactions/:interaction/:token/callback', handle: callback, open: true },
  { method: 'POST', template: '/webhooks/:application/:token', handle: followUp, open: true },
  { method: 'GET', template: message, handle: getResponse, open: true },
  { method: 'PATCH', template: message, handle: editResponse, open: true },
  { method: 'DELETE', template: message, handle: deleteResponse, open: true },
];
