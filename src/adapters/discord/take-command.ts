import type { APIInteraction, RESTPutAPIApplicationCommandsJSONBody } from 'discord.js';
import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
} from 'discord.js';
import { MOST_MEMORY_CHARACTERS } from '../../core/memory/memory.ts';
import type { Logger } from '../../core/logger.ts';
import type { MemoryDesk } from '../../core/ports.ts';
import type { DiscordApi } from './api.ts';
import type { IntakeParts } from './message-intake.ts';
import { neutraliseMentions } from './neutralise.ts';
import { DIRECT_MESSAGES } from './origin.ts';

/** What people are offered behind `/`. */
export const COMMANDS = [
  {
    name: 'memories',
    description: 'Shows what is remembered about you, or corrects it',
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'correct',
        description: 'The code of a fact to correct',
      },
      {
        type: ApplicationCommandOptionType.String,
        name: 'text',
        description: 'What it should say instead',
        max_length: MOST_MEMORY_CHARACTERS,
      },
    ],
  },
  {
    name: 'forget',
    description: 'Erases what is remembered about you',
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'what',
        description: 'The code of a fact, or "all"; left out, you are shown what there is',
      },
    ],
  },
] satisfies RESTPutAPIApplicationCommandsJSONBody;

export type CommandParts = Pick<IntakeParts, 'api' | 'lanes' | 'logger'> & { desk: MemoryDesk };

/** Takes our commands; the answer is seen by who wrote the command alone. */
export function createCommandIntake({
  api,
  lanes,
  logger,
  desk,
}: CommandParts): (interaction: APIInteraction) => void {
  async function take(interaction: APIInteraction): Promise<void> {
    if (interaction.type !== InteractionType.ApplicationCommand) return;
    const { data, member, id, token } = interaction;
    const userId = (member?.user ?? interaction.user)?.id;
    const name = COMMANDS.find((command) => command.name === data.name)?.name;
    if (data.type !== ApplicationCommandType.ChatInput || userId === undefined) return;
    if (name !== 'memories' && name !== 'forget') return;
    const given = new Map(
      (data.options ?? []).flatMap((option) =>
        'value' in option ? [[option.name, String(option.value)]] : [],
      ),
    );
    const correct = given.get('correct');
    const text = correct === undefined ? given.get('what') : `correct ${correct} ${given.get('text') ?? ''}`;
    const tenant = interaction.guild_id ?? DIRECT_MESSAGES;
    const said = await desk.take({ name, text: text ?? '', platform: 'discord', tenant, userId });
    const told = await api.respond(id, token, {
      type: InteractionResponseType.ChannelMessageWithSource,
      data: {
        content: neutraliseMentions(said),
        flags: MessageFlags.Ephemeral,
        allowed_mentions: { parse: [] },
      },
    });
    if (told.kind !== 'done')
      logger.warn({ command: name, said: told.sentence }, 'a command was not answered');
  }

  return (interaction) => {
    // In a lane of its own: Discord waits three seconds, and the channel's may be waiting for the store.
    void lanes.push(`command ${interaction.id}`, () => take(interaction));
  };
}

/** Offers the commands to people. A bot that may not do so still answers, so it is a warning. */
export async function declareCommands(api: DiscordApi, logger: Logger): Promise<void> {
  const application = await api.application();
  const declared =
    application.kind === 'done' ? await api.putCommands(application.value.id, COMMANDS) : application;
  if (declared.kind !== 'done')
    logger.warn({ said: declared.sentence }, 'commands were not declared to discord');
}
