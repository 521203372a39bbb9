import { Client, Events, GatewayIntentBits, Partials } from 'discord.js';
import type { DiscordFake } from '../../../fakes/discord/index.ts';

const usualIntents = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.MessageContent,
];

/** A discord.js client for the fake, not logged in. */
export function createBot(fake: DiscordFake, intents = usualIntents): Client {
  return new Client({
    intents,
    partials: [Partials.Channel, Partials.Message],
    rest: { api: fake.apiUrl },
    allowedMentions: { parse: [] },
  });
}

/** The client, logged in and ready. */
export async function loginBot(fake: DiscordFake, intents = usualIntents): Promise<Client<true>> {
  const client = createBot(fake, intents);
  return new Promise((resolve, reject) => {
    client.once(Events.ClientReady, resolve);
    client.login(fake.token).catch(reject);
  });
}
