import type { Client, Interaction } from 'discord.js';
import { Events, MessageFlags } from 'discord.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DiscordFake } from '../../../fakes/discord/index.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import { loginBot } from './bot.ts';

let fake: DiscordFake;
let client: Client<true>;
let channel: string;
let ann: string;
let interactions: Interaction[];

beforeEach(async () => {
  fake = await createDiscordFake();
  channel = fake.addTextChannel();
  ann = fake.addUser();
  client = await loginBot(fake);
  interactions = [];
  client.on(Events.InteractionCreate, (interaction) => void interactions.push(interaction));
});

afterEach(async () => {
  await client.destroy();
  await fake.close();
});

async function command() {
  fake.useCommand({ channel, user: ann, name: 'ask' });
  const interaction = await fake.until(() => interactions[0]);
  if (!interaction.isChatInputCommand()) throw new Error('no command');
  return interaction;
}

it('a command is deferred and its answer edited in', async () => {
  const interaction = await command();
  await interaction.deferReply();
  await interaction.editReply('answer');
  expect(fake.messages(channel).map((m) => [m.content, m.flags])).toEqual([['answer', 0]]);
  await expect(
    interaction.client.rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
      body: { type: 5 },
      auth: false,
    }),
  ).rejects.toMatchObject({ code: 40060 });
});

it('an ephemeral answer is seen by nobody else', async () => {
  const interaction = await command();
  await interaction.reply({ content: 'psst', flags: MessageFlags.Ephemeral });
  expect(fake.messages(channel)).toEqual([]);
  expect(fake.botMessages(channel).map((m) => m.content)).toEqual(['psst']);
});

it('an interaction left alone for three seconds is unknown', async () => {
  const interaction = await command();
  fake.advance(3_001);
  await expect(interaction.reply('late')).rejects.toMatchObject({ code: 10062 });
});

it('a button of a message reaches the bot', async () => {
  const text = await client.channels.fetch(channel);
  if (!text?.isSendable()) throw new Error('not sendable');
  const button = { type: 2, style: 1, label: 'Retry', custom_id: 'retry:1' } as const;
  const message = await text.send({ content: 'failed', components: [{ type: 1, components: [button] }] });
  fake.clickButton({ message: message.id, user: ann, customId: 'retry:1' });
  const interaction = await fake.until(() => interactions[0]);
  if (!interaction.isButton()) throw new Error('no button');
  await interaction.update({ content: 'trying again', components: [] });
  expect(fake.messages(channel).map((m) => m.content)).toEqual(['trying again']);
});

it('commands are registered as a whole', async () => {
  const commands = await client.application.commands.set([{ name: 'ask', description: 'Ask.' }]);
  expect([...commands.values()].map((c) => c.name)).toEqual(['ask']);
  await expect(client.application.commands.set([{ name: 'Not Valid', description: 'x' }])).rejects.toThrow();
});
