import { afterEach, describe, expect, it } from 'vitest';
import type { House } from './house.ts';
import { firstPart, never, openHouse, postIn, untilDone } from './house.ts';

/** Each round is an edit of our own and a message of another bot. */
const ECHOES = process.env['FULL'] === '1' ? 250 : 25;

let house: House;
afterEach(() => house.close());

/** Says something and waits for it: what was to arrive before it has arrived. */
async function arriveAt(channel: string): Promise<void> {
  const { id } = house.fake.say({ channel, user: house.ada, text: 'marker' });
  await house.fake.until(() => house.record.messages.some((message) => message.sourceId === id));
}

describe('what Discord tells becomes facts', () => {
  it.each(['thread-first', 'message-first'] as const)(
    'a forum post is one message with title and tags, events coming %s',
    async (starterOrder) => {
      house = await openHouse({ fake: { settings: { starterOrder } } });
      const { fake, forum, ada, record } = house;
      const tags = Object.values(forum.tags).slice(0, 1);
      const { threadId } = fake.createForumPost({
        forum: forum.id,
        user: ada,
        title: 'Late invoice',
        text: 'Where?',
        tags,
      });
      await arriveAt(threadId);

      expect(record.messages.filter((message) => message.sourceId === threadId)).toEqual([
        expect.objectContaining({
          origin: { platform: 'discord', tenant: fake.guildId, channel: forum.id, thread: threadId },
          text: 'Where?',
          threadName: 'Late invoice',
          channelName: 'help',
          startsThread: true,
          mentionsBot: false,
          metadata: { tags: Object.keys(forum.tags).slice(0, 1) },
        }),
      ]);
    },
  );

  it('a post whose THREAD_CREATE is lost is a message with its title all the same', async () => {
    house = await openHouse();
    house.fake.gateway.lose('THREAD_CREATE');
    const { threadId } = postIn(house, 'Lost thread');
    await house.fake.until(() => house.record.messages.length > 0);
    expect(house.record.messages[0]).toMatchObject({ sourceId: threadId, threadName: 'Lost thread' });
  });

  it('a post whose MESSAGE_CREATE is lost is fetched', async () => {
    house = await openHouse();
    house.fake.gateway.lose('MESSAGE_CREATE');
    const { threadId } = postIn(house, 'Lost starter', 'read me');
    await house.fake.until(() => house.record.messages.length > 0, 8_000);
    expect(house.record.messages[0]).toMatchObject({ sourceId: threadId, text: 'read me' });
  });

  it('a mention in a text channel names the thread it will have, and the bot is not in its text', async () => {
    house = await openHouse();
    const { fake, channel, ada, record } = house;
    const { id } = fake.say({ channel, user: ada, text: `<@${fake.botUserId}> help <#${channel}>` });
    await fake.until(() => record.messages.length > 0);
    expect(record.messages[0]).toMatchObject({
      origin: { tenant: fake.guildId, channel, thread: id },
      text: 'help #general',
      mentionsBot: true,
      startsThread: true,
      threadName: null,
      channelName: 'general',
    });
  });

  it('a direct message is its own thread', async () => {
    house = await openHouse();
    const { id, channelId } = house.fake.dm(house.ada, 'psst');
    await house.fake.until(() => house.record.messages.length > 0);
    expect(house.record.messages[0]).toMatchObject({
      sourceId: id,
      isDirectMessage: true,
      origin: { tenant: '@me', channel: channelId, thread: channelId },
    });
  });

  it('messages with only files, of 2,000 characters, with null bytes and lone surrogates are taken', async () => {
    house = await openHouse();
    const { fake, ada, channel, record } = house;
    fake.say({ channel, user: ada, text: '', attachments: [{ filename: 'a.txt', content: 'abc' }] });
    fake.say({ channel, user: ada, text: 'x'.repeat(2_000) });
    fake.say({ channel, user: ada, text: 'n\u0000u\ud800l' });
    await fake.until(() => record.messages.length === 3);
    expect(record.messages[0]).toMatchObject({ text: '', attachments: [{ name: 'a.txt', sizeBytes: 3 }] });
    expect(record.messages[1]?.text).toHaveLength(2_000);
    expect(record.messages[2]?.text).toBe('nu\ufffdl');
  });

  it('9. bot echoes, own edits, other bots: nothing is ingested', async () => {
    house = await openHouse({ fake: { limits: { route: { count: 500, windowMs: 1_000 } } } });
    const { fake, adapter, record, channel } = house;
    const { origin, threadId } = postIn(house);
    await arriveAt(threadId);
    const before = record.messages.length;
    const otherBot = fake.addUser({ name: 'robot', bot: true });
    const address = firstPart(origin);
    const posted = await adapter.writer.post(address, 'hello', never);
    const messageId = posted.kind === 'done' ? posted.value.messageId : '';
    for (let n = 0; n < ECHOES; n += 1) {
      await untilDone(() => adapter.writer.edit(address, messageId, `hello ${n}`, never));
      fake.say({ channel, user: otherBot, text: `<@${fake.botUserId}> beep` });
    }
    await arriveAt(threadId);
    await arriveAt(channel);
    expect(record.messages.length).toBe(before + 2);
    expect(record.edits).toEqual([]);
  });

  it('edits, deletions, a new title, other tags and a lock are told', async () => {
    house = await openHouse();
    const { fake, record, forum } = house;
    const { threadId, origin } = postIn(house);
    const { id } = fake.say({ channel: threadId, user: house.ada, text: 'one' });
    const second = fake.say({ channel: threadId, user: house.ada, text: 'two' });
    const third = fake.say({ channel: threadId, user: house.ada, text: 'three' });
    fake.editMessage(id, 'uno');
    fake.deleteMessage(id);
    fake.deleteMessages(threadId, [second.id, third.id]);
    fake.rename(threadId, 'New title');
    fake.setTags(threadId, Object.values(forum.tags).slice(1));
    fake.lock(threadId);
    await fake.until(() => record.changes.length === 3);
    expect(record.edits).toEqual([expect.objectContaining({ origin, sourceId: id, text: 'uno' })]);
    expect(record.deletions.map((deletion) => deletion.sourceId)).toEqual([id, second.id, third.id]);
    expect(record.changes).toMatchObject([
      { origin, name: 'New title' },
      { metadata: { tags: Object.keys(forum.tags).slice(1) } },
      { metadata: { locked: true } },
    ]);
  });

  it('a deleted thread is closed, and so are all threads of a deleted channel', async () => {
    house = await openHouse();
    const { fake, record } = house;
    const first = postIn(house);
    const second = postIn(house);
    await arriveAt(second.threadId);
    fake.deleteThread(first.threadId);
    await fake.until(() => record.closures.length === 1);
    fake.deleteChannel(house.forum.id);
    await fake.until(() => record.closures.some((closure) => closure.origin.thread === second.threadId));
    expect(record.closures[0]).toMatchObject({ origin: first.origin, reason: 'thread_deleted' });
  });

  it('a store that is away for a moment loses nothing and keeps the order', async () => {
    house = await openHouse();
    const { fake, record, channel, ada } = house;
    record.away = true;
    const ids = Array.from({ length: 5 }, (_, n) => fake.say({ channel, user: ada, text: `m${n}` }).id);
    await fake.until(() => record.refused >= 2);
    record.away = false;
    await fake.until(() => record.messages.length === 5);
    expect(record.messages.map((message) => message.sourceId)).toEqual(ids);
  });
});
