import type { Client } from 'discord.js';
import { Events, GatewayIntentBits } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiscordFake } from '../../../fakes/discord/index.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import { createBot, loginBot } from './bot.ts';

let fake: DiscordFake;
let client: Client;

beforeEach(async () => {
  fake = await createDiscordFake();
});

afterEach(async () => {
  await client.destroy();
  await fake.close();
});

function texts(): string[] {
  const seen: string[] = [];
  client.on(Events.MessageCreate, (message) => void seen.push(message.content));
  return seen;
}

describe('the gateway', () => {
  it('refuses an intent that is not switched on', async () => {
    fake.setEnabledIntents([]);
    client = createBot(fake);
    await expect(client.login(fake.token)).rejects.toThrow('disallowed intents');
  });

  it('refuses a wrong token before a connection is made', async () => {
    client = createBot(fake);
    await expect(client.login('wrong.token.here')).rejects.toThrow('invalid token');
  });

  it('shows no text without the intent, but for mentions and direct messages', async () => {
    const channel = fake.addTextChannel();
    const ann = fake.addUser();
    client = await loginBot(fake, [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.DirectMessages,
    ]);
    const seen = texts();
    fake.say({ channel, user: ann, text: 'secret' });
    fake.say({ channel, user: ann, text: `<@${fake.botUserId}> open` });
    fake.dm(ann, 'private');
    await fake.until(() => seen.length === 3);
    expect(seen).toEqual(['', `<@${fake.botUserId}> open`, 'private']);
  });

  it('replays in order what was said while the connection was away', async () => {
    const channel = fake.addTextChannel();
    const ann = fake.addUser();
    client = await loginBot(fake);
    const seen = texts();
    fake.gateway.goOffline();
    for (const text of ['1', '2', '3']) fake.say({ channel, user: ann, text });
    fake.gateway.goOnline();
    await fake.until(() => seen.length === 3);
    expect(seen).toEqual(['1', '2', '3']);
    expect(fake.gateway.counts()).toEqual({ identified: 1, resumed: 1 });
  });

  it('resumes when asked to reconnect', async () => {
    const channel = fake.addTextChannel();
    const ann = fake.addUser();
    client = await loginBot(fake);
    const seen = texts();
    fake.gateway.askToReconnect();
    await fake.until(() => fake.gateway.counts().resumed === 1);
    fake.say({ channel, user: ann, text: 'after' });
    await fake.until(() => seen.length === 1);
  });

  it('lets a session that is called invalid but resumable go on', async () => {
    const channel = fake.addTextChannel();
    const ann = fake.addUser();
    client = await loginBot(fake);
    const seen = texts();
    fake.gateway.invalidate(true);
    fake.say({ channel, user: ann, text: 'meanwhile' });
    await fake.until(() => seen.length === 1);
    expect(fake.gateway.counts()).toEqual({ identified: 1, resumed: 1 });
  });

  it('a bot whose heartbeats are not acknowledged comes back', async () => {
    await fake.close();
    fake = await createDiscordFake({ gateway: { heartbeatMs: 60 } });
    client = await loginBot(fake);
    fake.gateway.setAcknowledging(false);
    await fake.until(() => fake.gateway.counts().resumed === 1);
    fake.gateway.setAcknowledging(true);
  });

  it.each([
    ['event-first', ['event', 'answer']],
    ['response-first', ['answer', 'event']],
  ] as const)('%s is the order of an event and the answer that caused it', async (order, expected) => {
    fake.settings.eventOrder = order;
    const channel = fake.addTextChannel();
    client = await loginBot(fake);
    if (order === 'event-first') fake.fault({ effect: { kind: 'accept-late', ms: 100 }, nth: 2 });
    const happened: string[] = [];
    client.on(Events.Raw, (packet: { t: string }) => {
      if (packet.t === 'MESSAGE_CREATE') happened.push('event');
    });
    const text = await client.channels.fetch(channel, { force: true });
    if (!text?.isSendable()) throw new Error('not sendable');
    await text.send('x').then(() => happened.push('answer'));
    await fake.until(() => happened.length === 2);
    expect(happened).toEqual(expected);
  });

  it('loses what was said when the session expired', async () => {
    const channel = fake.addTextChannel();
    const ann = fake.addUser();
    client = await loginBot(fake);
    const seen = texts();
    fake.gateway.goOffline({ resumable: false });
    fake.say({ channel, user: ann, text: 'lost' });
    fake.gateway.goOnline();
    await fake.until(() => fake.gateway.counts().identified === 2, 15_000);
    fake.say({ channel, user: ann, text: 'seen' });
    await fake.until(() => seen.length > 0);
    expect(seen).toEqual(['seen']);
  }, 20_000);

  it('sends events twice, late or never when told to', async () => {
    const channel = fake.addTextChannel();
    const ann = fake.addUser();
    client = await loginBot(fake);
    const raw: string[] = [];
    client.on(Events.Raw, (packet: { t: string; d: { content?: string } }) => {
      if (packet.t === 'MESSAGE_CREATE') raw.push(packet.d.content ?? '');
    });
    fake.gateway.duplicate('MESSAGE_CREATE');
    fake.say({ channel, user: ann, text: 'twice' });
    fake.gateway.lose('MESSAGE_CREATE');
    fake.say({ channel, user: ann, text: 'never' });
    fake.gateway.postpone('MESSAGE_CREATE');
    fake.say({ channel, user: ann, text: 'late' });
    fake.say({ channel, user: ann, text: 'early' });
    await fake.until(() => raw.length === 4);
    expect(raw).toEqual(['twice', 'twice', 'early', 'late']);
  });

  it('sends the starter before its thread when told to', async () => {
    fake.settings.starterOrder = 'message-first';
    const forum = fake.addForum();
    const ann = fake.addUser();
    client = await loginBot(fake);
    const types: string[] = [];
    client.on(Events.Raw, (packet: { t: string }) => void types.push(packet.t));
    fake.createForumPost({ forum: forum.id, user: ann, title: 't', text: 'x' });
    await fake.until(() => types.length === 2);
    expect(types).toEqual(['MESSAGE_CREATE', 'THREAD_CREATE']);
  });

  it('names only active threads when a bot comes in', async () => {
    const forum = fake.addForum();
    const ann = fake.addUser();
    const open = fake.createForumPost({ forum: forum.id, user: ann, title: 'open', text: 'x' });
    const shut = fake.createForumPost({ forum: forum.id, user: ann, title: 'shut', text: 'x' });
    fake.archive(shut.threadId);
    client = await loginBot(fake);
    expect(client.channels.cache.has(open.threadId)).toBe(true);
    expect(client.channels.cache.has(shut.threadId)).toBe(false);
  });
});
