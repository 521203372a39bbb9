import type { SocketModeClient } from '@slack/socket-mode';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  createSlackFake,
  manualClock,
  type SlackFake,
  type SlackFakeOptions,
} from '../../../fakes/slack/index.ts';
import { socketModeClient, webClient } from './real-clients.ts';

interface SeenEvent {
  ack: () => Promise<void>;
  envelope_id: string;
  retry_num: number;
  retry_reason: string;
  body: { event_id: string; event: Record<string, unknown> };
}

let fake: SlackFake;
const clients: SocketModeClient[] = [];

async function start(options: SlackFakeOptions = {}) {
  fake = await createSlackFake(options);
  const channel = fake.addChannel({ name: 'help' }).id;
  const user = fake.addUser({ name: 'ada' }).id;
  return { channel, user, web: webClient(fake, fake.botToken) };
}

/** A real client and what it has seen; it acknowledges unless told not to. */
async function connect(options: { acknowledge: boolean } = { acknowledge: true }) {
  const client = socketModeClient(fake);
  clients.push(client);
  const seen: SeenEvent[] = [];
  client.on('slack_event', async (event: SeenEvent) => {
    seen.push(event);
    if (options.acknowledge) await event.ack();
  });
  await client.start();
  return { client, seen };
}

function firstFrame(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) =>
    socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()))),
  );
}

const inner = (seen: SeenEvent[]) => seen.map(({ body }) => body.event);
const settled = () => fake.deliveries.every((delivery) => delivery.outcome !== 'pending');

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
  await fake.close();
});

describe('an event', () => {
  it('of a mention comes as message and app_mention with one ts and two event ids, in the order set', async () => {
    const { channel, user } = await start();
    const { seen } = await connect();
    const { ts } = fake.say({ channel, user, text: `<@${fake.botUserId}> why?` });
    fake.mentionOrder = 'mention-first';
    fake.say({ channel, user, text: `<@${fake.botUserId}> how?` });
    await fake.until('four are acknowledged', () => fake.deliveries.length === 4 && settled());
    expect(inner(seen).map((event) => event['type'])).toEqual([
      'message',
      'app_mention',
      'app_mention',
      'message',
    ]);
    expect(inner(seen)[0]).toMatchObject({ user, ts, channel, channel_type: 'channel', team: fake.teamId });
    expect(inner(seen)[0]?.['client_msg_id']).toBe(inner(seen)[1]?.['client_msg_id']);
    expect(inner(seen)[1]).toMatchObject({ user, ts, channel });
    expect(new Set(seen.map(({ body }) => body.event_id)).size).toBe(4);
  });

  it('is sent to one socket only', async () => {
    const { channel, user } = await start();
    const one = await connect();
    const two = await connect();
    for (let index = 0; index < 20; index += 1) fake.say({ channel, user, text: `${index}` });
    await fake.until('twenty are acknowledged', () => fake.deliveries.length === 20 && settled());
    expect(one.seen.length + two.seen.length).toBe(20);
    expect(one.seen.length).toBeGreaterThan(0);
    expect(two.seen.length).toBeGreaterThan(0);
  });

  it('unacknowledged comes again at once, after a minute and after five, with a new envelope', async () => {
    const clock = manualClock();
    const { channel, user } = await start({ clock });
    const { seen } = await connect({ acknowledge: false });
    fake.say({ channel, user, text: 'Why?' });
    for (const [attempt, wait] of [0, 60_000, 300_000, 900_000].entries()) {
      await fake.until(`attempt ${attempt} is seen`, () => fake.deliveries.length === attempt + 1);
      await clock.advance(3_000);
      if (attempt < 3) await clock.advance(wait);
    }
    await clock.advance(3_600_000);
    expect(fake.deliveries.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [0, 'timeout'],
      [1, 'timeout'],
      [2, 'timeout'],
      [3, 'timeout'],
    ]);
    expect(fake.deliveries.map(({ at }) => at - (fake.deliveries[0]?.at ?? 0))).toEqual([
      0, 3_000, 66_000, 369_000,
    ]);
    await expect.poll(() => seen.length).toBe(4);
    expect(new Set(seen.map(({ body }) => body.event_id)).size).toBe(1);
    expect(new Set(seen.map(({ envelope_id }) => envelope_id)).size).toBe(4);
    expect(seen.map(({ retry_num, retry_reason }) => [retry_num, retry_reason])).toEqual([
      [0, ''],
      [1, 'timeout'],
      [2, 'timeout'],
      [3, 'timeout'],
    ]);
  });

  it('without a socket is lost', async () => {
    const { channel, user } = await start();
    fake.say({ channel, user, text: 'Why?' });
    await fake.until('it is lost', () => fake.deliveries[0]?.outcome === 'lost');
    expect((await connect()).seen).toEqual([]);
  });

  it('echoes the bot with its bot_id, its edits without a user at the top', async () => {
    const { channel, user, web } = await start();
    const { seen } = await connect();
    const question = fake.say({ channel, user, text: 'Why?' });
    const { ts = '' } = await web.chat.postMessage({ channel, thread_ts: question.ts, text: 'Be' });
    await web.chat.update({ channel, ts, text: 'Because' });
    await fake.until('three are acknowledged', () => fake.deliveries.length === 3 && settled());
    const [, posted, changed] = inner(seen);
    expect(posted).toMatchObject({ type: 'message', bot_id: fake.botId, thread_ts: question.ts, text: 'Be' });
    expect(changed).toMatchObject({
      subtype: 'message_changed',
      hidden: true,
      message: { ts, text: 'Because', bot_id: fake.botId },
      previous_message: { ts, text: 'Be' },
    });
    expect(changed).not.toHaveProperty('user');
  });

  it('tells a deleted message, and a deleted parent as a tombstone', async () => {
    const { channel, user } = await start();
    const root = fake.say({ channel, user, text: 'root' }).ts;
    const reply = fake.say({ channel, user, text: 'reply', threadTs: root }).ts;
    const { seen } = await connect();
    fake.deleteMessage(channel, root);
    fake.deleteMessage(channel, reply);
    await fake.until('both are acknowledged', () => fake.deliveries.length === 4 && settled());
    expect(inner(seen)).toMatchObject([
      {
        subtype: 'message_changed',
        message: { ts: root, subtype: 'tombstone' },
        previous_message: { text: 'root' },
      },
      { subtype: 'message_deleted', deleted_ts: reply, previous_message: { text: 'reply' } },
    ]);
  });

  it('does not reach a bot that left or may not read the channel', async () => {
    const { channel, user } = await start();
    const { seen } = await connect();
    fake.removeBot(channel);
    fake.say({ channel, user, text: 'unheard' });
    fake.inviteBot(channel);
    fake.setScopes(['chat:write']);
    fake.say({ channel, user, text: 'unread' });
    await fake.until('two are acknowledged', () => fake.deliveries.length === 2 && settled());
    expect(inner(seen).map((event) => event['type'])).toEqual(['channel_left', 'member_joined_channel']);
  });
});

describe('event faults', () => {
  it('drop, duplicate and reorder what they match', async () => {
    const { channel, user } = await start();
    const { seen } = await connect();
    fake.faults.event({ type: 'message', do: { kind: 'drop' } });
    fake.faults.event({ type: 'message', nth: 2, do: { kind: 'duplicate', times: 3 } });
    fake.faults.event({ type: 'message', nth: 3, do: { kind: 'reorder', behind: 1 } });
    for (const text of ['dropped', 'tripled', 'overtaken', 'overtaking']) fake.say({ channel, user, text });
    await fake.until('all have settled', () => fake.deliveries.length === 6 && settled());
    expect(inner(seen).map((event) => event['text'])).toEqual([
      'tripled',
      'tripled',
      'tripled',
      'overtaking',
      'overtaken',
    ]);
    expect(new Set(seen.slice(0, 3).map(({ body }) => body.event_id)).size).toBe(1);
  });

  it('bring the echo before the answer', async () => {
    const { channel, web } = await start();
    const { seen } = await connect();
    fake.faults.api({ method: 'chat.postMessage', do: { kind: 'events-before-answer' } });
    await web.chat.postMessage({ channel, text: 'echo' });
    expect(inner(seen).map((event) => event['text'])).toEqual(['echo']);
  });
});

describe('sockets', () => {
  it('are ten at most: the eleventh is told to go', async () => {
    await start();
    const frames: unknown[] = [];
    const app = webClient(fake, fake.appToken);
    for (let index = 0; index < 11; index += 1) {
      const { url = '' } = await app.apps.connections.open({});
      const socket = new WebSocket(url);
      frames.push(await firstFrame(socket));
      fake.limits.enabled = false;
    }
    expect(frames[9]).toMatchObject({
      type: 'hello',
      num_connections: 10,
      connection_info: { app_id: fake.appId },
    });
    expect(frames[10]).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
    expect(fake.connections).toBe(10);
  });

  it('open once per URL', async () => {
    await start();
    const { url = '' } = await webClient(fake, fake.appToken).apps.connections.open({});
    const opened = () =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.once('open', () => resolve('open'));
        socket.once('error', (error) => resolve(error.message));
      });
    expect(await opened()).toBe('open');
    expect(await opened()).toContain('404');
  });

  it('told to go are left by the real client', async () => {
    await start();
    const { client } = await connect();
    const closed = new Promise((resolve) => client.once('close', resolve));
    fake.disconnectSockets('refresh_requested');
    expect(fake.connections).toBe(0);
    await closed;
  });
});
