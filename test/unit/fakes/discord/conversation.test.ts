import type { Client, Message } from 'discord.js';
import { Events, MessageType } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiscordFake } from '../../../fakes/discord/index.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import { loginBot } from './bot.ts';

let fake: DiscordFake;
let client: Client<true>;

beforeEach(async () => {
  fake = await createDiscordFake();
});

afterEach(async () => {
  await client.destroy();
  await fake.close();
});

/** The messages the client has received so far. */
function received(): Message[] {
  const messages: Message[] = [];
  client.on(Events.MessageCreate, (message) => void messages.push(message));
  return messages;
}

describe('a conversation with discord.js', () => {
  it('a forum post reaches the bot with title, tags and text', async () => {
    const forum = fake.addForum({ name: 'help', tags: ['bug', 'billing'] });
    const ann = fake.addUser({ name: 'ann' });
    client = await loginBot(fake);
    const messages = received();

    const tag = forum.tags['billing'] ?? '';
    const post = fake.createForumPost({
      forum: forum.id,
      user: ann,
      title: 'Invoice',
      text: 'Where is it?',
      tags: [tag],
    });
    const message = await fake.until(() => messages[0]);

    expect(post.messageId).toBe(post.threadId);
    expect(message.id).toBe(post.threadId);
    expect(message.content).toBe('Where is it?');
    if (!message.channel.isThread()) throw new Error('not in a thread');
    expect(message.channel.name).toBe('Invoice');
    expect(message.channel.appliedTags).toEqual([tag]);
    expect(message.channel.parentId).toBe(forum.id);
  });

  it('an answer grows by edits, and every revision is kept', async () => {
    const forum = fake.addForum();
    const ann = fake.addUser({ name: 'ann' });
    client = await loginBot(fake);
    const messages = received();
    const post = fake.createForumPost({ forum: forum.id, user: ann, title: 'Hi', text: 'Hello?' });
    const question = await fake.until(() => messages[0]);
    if (!question.channel.isSendable()) throw new Error('not sendable');

    const answer = await question.channel.send({ content: 'One', nonce: 'run-1-0', enforceNonce: true });
    await answer.edit('One two');
    await answer.edit('One two three');

    expect(fake.botMessages(post.threadId).map((m) => m.content)).toEqual(['One two three']);
    expect(fake.revisions(answer.id).map((r) => r.content)).toEqual(['One', 'One two', 'One two three']);
    expect(fake.violations).toEqual([]);
  });

  it('a nonce posted twice makes one message', async () => {
    const channel = fake.addTextChannel();
    client = await loginBot(fake);
    const text = await client.channels.fetch(channel);
    if (!text?.isSendable()) throw new Error('not sendable');

    const first = await text.send({ content: 'once', nonce: 'n1', enforceNonce: true });
    const second = await text.send({ content: 'once', nonce: 'n1', enforceNonce: true });
    fake.advance(10 * 60_000);
    const third = await text.send({ content: 'once', nonce: 'n1', enforceNonce: true });

    expect(second.id).toBe(first.id);
    expect(third.id).not.toBe(first.id);
    expect(fake.messages(channel)).toHaveLength(2);
  });

  it('a message in a direct channel reaches the bot and can be answered', async () => {
    const ann = fake.addUser({ name: 'ann' });
    client = await loginBot(fake);
    const messages = received();

    const sent = fake.dm(ann, 'psst');
    const message = await fake.until(() => messages[0]);
    expect(message.content).toBe('psst');
    expect(message.channel.isDMBased()).toBe(true);
    if (!message.channel.isSendable()) throw new Error('not sendable');
    await message.channel.send('yes?');

    expect(fake.messages(sent.channelId).map((m) => m.content)).toEqual(['psst', 'yes?']);
  });

  it('a thread opened from a message has its id', async () => {
    const channel = fake.addTextChannel();
    const ann = fake.addUser({ name: 'ann' });
    client = await loginBot(fake);
    const messages = received();
    const said = fake.say({ channel, user: ann, text: `<@${fake.botUserId}> help` });
    const message = await fake.until(() => messages[0]);

    expect(message.mentions.has(client.user.id)).toBe(true);
    const thread = await message.startThread({ name: 'help', autoArchiveDuration: 60 });
    await thread.send('here');

    expect(thread.id).toBe(said.id);
    const kinds = fake.messages(thread.id).map((m) => m.type);
    expect(kinds).toEqual([MessageType.ThreadStarterMessage, MessageType.Default]);
    await expect(message.startThread({ name: 'again' })).rejects.toThrow();
  });

  it('sending into an archived thread wakes it', async () => {
    const forum = fake.addForum();
    const ann = fake.addUser();
    const post = fake.createForumPost({ forum: forum.id, user: ann, title: 't', text: 'x' });
    client = await loginBot(fake);
    fake.archive(post.threadId);
    const thread = await client.channels.fetch(post.threadId, { force: true });
    if (!thread?.isThread()) throw new Error('not a thread');
    expect(thread.archived).toBe(true);

    await thread.send('awake');

    expect(fake.thread(post.threadId)?.archived).toBe(false);
    await fake.until(() => thread.archived === false);
  });

  it('files go up and come back at their address', async () => {
    const channel = fake.addTextChannel();
    client = await loginBot(fake);
    const text = await client.channels.fetch(channel);
    if (!text?.isSendable()) throw new Error('not sendable');

    await text.send({ files: [{ attachment: Buffer.from('hello'), name: 'a.txt' }] });

    const [file] = fake.messages(channel)[0]?.attachments ?? [];
    expect(file?.filename).toBe('a.txt');
    expect(await (await fetch(file?.url ?? '')).text()).toBe('hello');
  });
});
