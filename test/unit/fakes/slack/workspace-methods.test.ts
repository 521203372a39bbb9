import { afterEach, expect, it } from 'vitest';
import {
  createSlackFake,
  manualClock,
  type SlackFake,
  type SlackFakeOptions,
} from '../../../fakes/slack/index.ts';
import { webClient } from './real-clients.ts';

let fake: SlackFake;

async function start(options: SlackFakeOptions = {}) {
  fake = await createSlackFake(options);
  const channel = fake.addChannel({ name: 'help' }).id;
  const user = fake.addUser({ name: 'ada' }).id;
  return { channel, user, web: webClient(fake, fake.botToken) };
}

afterEach(() => fake.close());

it('a status shows until two minutes have passed, a reply comes, or it is emptied', async () => {
  const clock = manualClock();
  const { channel, user, web } = await start({ clock });
  const { ts: thread_ts } = fake.say({ channel, user, text: 'Why?' });
  const setStatus = (status: string) =>
    web.assistant.threads.setStatus({ channel_id: channel, thread_ts, status });
  await setStatus('is thinking');
  expect(fake.statusOf(channel, thread_ts)).toBe('is thinking');
  await clock.advance(120_000);
  expect(fake.statusOf(channel, thread_ts)).toBeUndefined();
  await setStatus('is thinking');
  await setStatus('');
  expect(fake.statusOf(channel, thread_ts)).toBeUndefined();
  await setStatus('is thinking');
  await web.chat.postMessage({ channel, thread_ts, text: 'Because' });
  expect(fake.statusOf(channel, thread_ts)).toBeUndefined();
});

it('people, bots and conversations are told about', async () => {
  const { channel, user, web } = await start();
  const outside = fake.addChannel({ name: 'other', isMember: false }).id;
  expect((await web.users.info({ user })).user).toMatchObject({ id: user, name: 'ada', is_bot: false });
  expect((await web.bots.info({ bot: fake.botId })).bot).toMatchObject({ app_id: fake.appId });
  expect((await web.conversations.info({ channel })).channel).toMatchObject({
    name: 'help',
    is_member: true,
  });
  const dm = (await web.conversations.open({ users: user })).channel?.id;
  expect(dm).toBe(fake.openDirectMessage(user).id);
  const listed = await web.conversations.list({ types: 'public_channel,im' });
  expect(listed.channels?.map(({ id }) => id)).toEqual([channel, outside, dm]);
  const joined = await web.users.conversations({});
  expect(joined.channels?.map(({ id }) => id)).toEqual([channel]);
});

it('a reaction is added once', async () => {
  const { channel, user, web } = await start();
  const { ts: timestamp } = fake.say({ channel, user, text: 'Why?' });
  await web.reactions.add({ channel, timestamp, name: 'eyes' });
  await expect(web.reactions.add({ channel, timestamp, name: 'eyes' })).rejects.toThrow('already_reacted');
});

it('the token comes in header or form, in a JSON body not', async () => {
  await start();
  const token = fake.botToken;
  const ask = async (init: RequestInit) =>
    (await fetch(`${fake.url}auth.test`, { method: 'POST', ...init })).json();
  const json = { 'content-type': 'application/json' };
  expect(await ask({ body: new URLSearchParams({ token }) })).toMatchObject({ ok: true });
  expect(await ask({ headers: { ...json, authorization: `Bearer ${token}` }, body: '{}' })).toMatchObject({
    ok: true,
  });
  expect(await ask({ headers: json, body: JSON.stringify({ token }) })).toEqual({
    ok: false,
    error: 'not_authed',
  });
});

it('teams do not see each other', async () => {
  const { channel } = await start({ teams: [{ id: 'T1' }, { id: 'T2' }] });
  const [, second] = fake.teams;
  const web = webClient(fake, second?.botToken ?? '');
  expect(await web.auth.test()).toMatchObject({ team_id: 'T2' });
  await expect(web.chat.postMessage({ channel, text: 'a' })).rejects.toThrow('channel_not_found');
});

it('an assistant thread starts in the direct message of the person', async () => {
  const { user, web } = await start();
  const { channel, threadTs } = fake.openAssistantThread(user, { channel_id: 'C1' });
  const events = fake.deliveries.map(({ event }) => event);
  expect(events.at(-1)).toMatchObject({
    type: 'assistant_thread_started',
    assistant_thread: {
      user_id: user,
      channel_id: channel,
      thread_ts: threadTs,
      context: { channel_id: 'C1' },
    },
  });
  const streamed = await web.chat.startStream({ channel, thread_ts: threadTs, markdown_text: 'Hello' });
  expect(fake.thread(channel, threadTs).at(-1)).toMatchObject({ ts: streamed.ts, visible: 'Hello' });
});

it('the same seed gives the same ids', async () => {
  await start({ seed: 7 });
  const ids = [fake.teamId, fake.botUserId, fake.appToken];
  await fake.close();
  await start({ seed: 7 });
  expect([fake.teamId, fake.botUserId, fake.appToken]).toEqual(ids);
});
