import { z } from 'zod';
import { ANSWER_MODES } from '../../core/listening/binding.ts';
import { reference } from './name-schema.ts';

const answer = z.enum(ANSWER_MODES);

const settings = {
  project: reference
    .optional()
    .describe('The project that owns the threads. Left out: the first in the file.'),
  assistant: reference.optional().describe('The assistant that answers. Left out: the first in the file.'),
  answer: answer
    .optional()
    .describe(
      'When the bot answers in channels that are not listed: `mention` (also in threads it is part of), `every_message` or `never`. Left out: `mention`.',
    ),
  direct_messages: z.boolean().optional().describe('Whether direct messages are answered. Left out: yes.'),
};

const channel = z
  .strictObject({
    id: z.string().min(1).optional().describe('The id on the platform, in quotes. Goes before `name`.'),
    name: z.string().min(1).optional().describe('The name, with or without `#`.'),
    answer: answer.optional().describe('When the bot answers here. Left out: `every_message`.'),
    assistant: reference.optional().describe('The assistant that answers here.'),
  })
  .refine((value) => value.id !== undefined || value.name !== undefined, {
    error: 'needs an "id" or a "name"',
  });

const channels = z.array(channel).optional().describe('Channels with settings of their own.');
const forums = z.array(channel).optional().describe('Forum channels with settings of their own.');
const tenantId = z.string().min(1);

/** Where the bot listens in Slack. */
export const slackSchema = z.strictObject({
  ...settings,
  channels,
  teams: z
    .array(z.strictObject({ id: tenantId.describe('Slack team id (`T…`).'), ...settings, channels }))
    .optional()
    .describe(
      'Teams with settings of their own; what they leave out is taken from above, but for `channels`.',
    ),
});

/** Where the bot listens in Discord. */
export const discordSchema = z.strictObject({
  ...settings,
  channels,
  forums,
  guilds: z
    .array(
      z.strictObject({
        id: tenantId.describe('Discord guild id, in quotes.'),
        ...settings,
        channels,
        forums,
      }),
    )
    .optional()
    .describe(
      'Guilds with settings of their own; what they leave out is taken from above, but for `channels` and `forums`.',
    ),
});

export type SlackDocument = z.infer<typeof slackSchema>;
export type DiscordDocument = z.infer<typeof discordSchema>;
export type ChannelDocument = z.infer<typeof channel>;
