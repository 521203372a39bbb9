import type { APIInteraction, APIInteractionResponse } from 'discord.js';
import { InteractionResponseType, InteractionType, MessageFlags } from 'discord.js';
import type { ApprovalDesk, PressAnswer } from '../../core/ports.ts';
import { readCustomId, rowsWithout } from './approval-components.ts';
import { neutraliseMentions } from './neutralise.ts';
import type { IntakeParts } from './message-intake.ts';
import { originOf } from './origin.ts';
import { findPlace } from './places.ts';

const NOT_STORED: PressAnswer = {
  kind: 'refused',
  sentence: 'This could not be stored. Please press again in a moment.',
};

export type PressParts = Pick<IntakeParts, 'api' | 'directory' | 'lanes' | 'clock' | 'logger'> & {
  desk: ApprovalDesk;
};

/** Takes presses of our buttons; other interactions are nobody's here. */
export function createPressIntake(parts: PressParts): (interaction: APIInteraction) => void {
  const { api, lanes, logger, desk } = parts;

  async function take(interaction: APIInteraction, signal: AbortSignal): Promise<void> {
    if (interaction.type !== InteractionType.MessageComponent) return;
    const { message, data, member, id, token } = interaction;
    const pressed = readCustomId(data.custom_id);
    const user = member?.user ?? interaction.user;
    if (pressed === null || user === undefined) return;
    const place = await findPlace(parts, message.channel_id, interaction.guild_id ?? null, signal);
    const origin = place === null ? null : originOf(place, message.id);
    if (origin === null) return;
    const name = member?.nick ?? user.global_name ?? user.username;
    const by = { id: user.id, name, roles: member?.roles ?? [] };
    const answer = await desk.press({ ...pressed, origin, by }).catch((error: unknown) => {
      logger.warn({ err: error, runId: pressed.runId }, 'a press of a button was not stored');
      return NOT_STORED;
    });
    logger.info(
      { runId: pressed.runId, channel: message.channel_id, approved: pressed.approved, outcome: answer.kind },
      'a button was pressed',
    );
    const response: APIInteractionResponse =
      answer.kind === 'decided'
        ? {
            type: InteractionResponseType.UpdateMessage,
            data: { components: rowsWithout(message, data.custom_id) },
          }
        : {
            type: InteractionResponseType.ChannelMessageWithSource,
            data: {
              content: neutraliseMentions(answer.sentence),
              flags: MessageFlags.Ephemeral,
              allowed_mentions: { parse: [] },
            },
          };
    const told = await api.respond(id, token, response);
    if (told.kind !== 'done')
      logger.warn({ runId: pressed.runId, said: told.sentence }, 'a press was not answered');
  }

  return (interaction) => {
    // In a lane of its own: Discord waits three seconds, and the channel's may be waiting for the store.
    void lanes.push(`press ${interaction.id}`, (signal) => take(interaction, signal));
  };
}
