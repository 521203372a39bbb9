import { ErrorCode, type WebClient } from '@slack/web-api';
import { afterEach, describe, expect, it } from 'vitest';
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
  return { channel, user, client: clientOf(fake.botToken) };
}

const clientOf = (token: string): WebClient => webClient(fake, token);

async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && 'data' in error) return String(Object(error.data)['error']);
    throw error;
  }
  return 'accepted';
}

afterEach(() => fake.close());

describe('a post', () => {
  it('is readable in its thread, parent first, with its metadata only when asked for', async () => {
    const { client, channel, user } = await start();
    const question = fake.say({ channel, user, text: 'Why?' });
    const metadata = { event_type: 'run_part', event_payload: { run: 'r1', part: 0 } };
    const posted = await client.chat.postMessage({
      channel,
      text: 'Because',
      thread_ts: question.ts,
      metadata,
    });
    expect(posted.message?.thread_ts).toBe(question.ts);
    const bare = await client.conversations.replies({ channel, ts: question.ts });
    const full = await client.conversations.replies({ channel, ts: question.ts, include_all_metadata: true });
    expect(bare.messages?.map((message) => message.text)).toEqual(['Why?', 'Because']);
    expect(bare.messages?.[1]?.metadata).toBeUndefined();
    expect(full.messages?.[1]?.metadata).toEqual(metadata);
  });

  it('whose parent is gone lands in the channel itself', async () => {
    const { client, channel, user } = await start();
    const question = fake.say({ channel, user, text: 'Why?' });
    fake.deleteMessage(channel, question.ts);
    const posted = await client.chat.postMessage({ channel, text: 'Because', thread_ts: question.ts });
    expect(posted.message?.thread_ts).toBeUndefined();
  });

  it('over 40,000 characters is cut', async () => {
    const { client, channel } = await start();
    const { ts } = await client.chat.postMessage({ channel, text: 'x'.repeat(40_001) });
    expect(fake.thread(channel, ts ?? '')[0]?.text).toHaveLength(40_000);
  });

  it('keeps entities and control sequences and escapes the rest', async () => {
    const { client, channel } = await start();
    const posted = await client.chat.postMessage({
      channel,
      text: 'a < b & c &amp; <https://example.org|d>',
    });
    expect(posted.message?.text).toBe('a &lt; b &amp; c &amp; <https://example.org|d>');
  });
});

describe('what Slack refuses', () => {
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
  const contents: [string, Record<string, unknown>][] = [
    ['no_text', { text: '' }],
    ['no_text', {}],
    ['markdown_text_conflict', { markdown_text: 'a', text: 'a' }],
    ['markdown_text_conflict', { markdown_text: 'a', blocks: [section('a')] }],
    ['msg_too_long', { markdown_text: 'x'.repeat(12_001) }],
    ['accepted', { markdown_text: 'x'.repeat(12_000) }],
    ['invalid_blocks', { blocks: Array.from({ length: 51 }, () => section('a')) }],
    ['invalid_blocks', { blocks: [section('x'.repeat(3_001))] }],
    ['invalid_blocks', { blocks: [{ type: 'markdown', text: 'x'.repeat(12_001) }] }],
    ['accepted', { blocks: [{ type: 'markdown', text: 'x'.repeat(12_000) }] }],
    ['msg_blocks_too_long', { blocks: Array.from({ length: 5 }, () => section('x'.repeat(3_000))) }],
    ['invalid_blocks_format', { blocks: '[' }],
    ['invalid_metadata_schema', { text: 'a', metadata: { event_type: 'a' } }],
  ];

  it('refuses the same contents in posts and updates', async () => {
    const { client, channel } = await start({ limits: false });
    const { ts } = await client.chat.postMessage({ channel, text: 'first' });
    for (const [expected, content] of contents) {
      expect(await refusalOf(client.apiCall('chat.postMessage', { channel, ...content }))).toBe(expected);
      expect(await refusalOf(client.apiCall('chat.update', { channel, ts, ...content }))).toBe(expected);
    }
  });

  it('takes 4,000 characters of text in an update and not one more', async () => {
    const { client, channel } = await start();
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'first' });
    expect(await refusalOf(client.chat.update({ channel, ts, text: 'x'.repeat(4_001) }))).toBe(
      'msg_too_long',
    );
    expect(await refusalOf(client.chat.update({ channel, ts, text: 'x'.repeat(4_000) }))).toBe('accepted');
  });

  it('removes the blocks when an update has text alone', async () => {
    const { client, channel } = await start();
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'a', blocks: [section('block')] });
    await client.chat.update({ channel, ts, text: 'b' });
    expect(fake.thread(channel, ts)[0]).toMatchObject({ blocks: undefined, visible: 'b' });
    expect(fake.thread(channel, ts)[0]?.revisions.map((revision) => revision.visible)).toEqual([
      'block',
      'b',
    ]);
  });

  it('names what is wrong with channel, message, token and scope', async () => {
    const { client, channel, user } = await start({ limits: false });
    const foreign = fake.say({ channel, user, text: 'mine' }).ts;
    const outside = fake.addChannel({ name: 'other', isMember: false }).id;
    const hidden = fake.addChannel({ name: 'secret', isPrivate: true, isMember: false }).id;
    const text = 'a';
    const post = (target: string) => refusalOf(client.chat.postMessage({ channel: target, text }));
    expect(await post('C404')).toBe('channel_not_found');
    expect(await post(outside)).toBe('not_in_channel');
    expect(await post(hidden)).toBe('channel_not_found');
    expect(await refusalOf(client.chat.update({ channel, ts: '1.000001', text }))).toBe('message_not_found');
    expect(await refusalOf(client.chat.update({ channel, ts: foreign, text }))).toBe('cant_update_message');
    expect(await refusalOf(client.chat.delete({ channel, ts: foreign }))).toBe('cant_delete_message');
    expect(await refusalOf(client.apiCall('chat.shout', { channel }))).toBe('unknown_method');
    expect(await refusalOf(clientOf('xoxb-wrong').auth.test())).toBe('invalid_auth');
    expect(await refusalOf(client.apps.connections.open({}))).toBe('not_allowed_token_type');
    expect(await refusalOf(clientOf(fake.appToken).chat.postMessage({ channel, text }))).toBe(
      'not_allowed_token_type',
    );
    fake.archiveChannel(channel);
    expect(await post(channel)).toBe('is_archived');
    fake.setScopes(['users:read']);
    await expect(client.chat.postMessage({ channel, text })).rejects.toMatchObject({
      data: { error: 'missing_scope', needed: 'chat:write', provided: 'users:read' },
    });
    fake.revokeToken();
    expect(await refusalOf(client.auth.test())).toBe('token_revoked');
  });
});

it('auth.test tells the scopes in a header', async () => {
  const { client } = await start({ scopes: ['chat:write', 'users:read'] });
  const answer = await client.auth.test();
  expect(answer).toMatchObject({
    ok: true,
    team_id: fake.teamId,
    user_id: fake.botUserId,
    bot_id: fake.botId,
  });
  expect(answer.response_metadata?.scopes).toEqual(['chat:write', 'users:read']);
});

describe('a history', () => {
  it('gives every message once over its pages, newest first, without replies', async () => {
    const { client, channel, user } = await start();
    const said = Array.from({ length: 5 }, (_, index) => fake.say({ channel, user, text: `${index}` }).ts);
    fake.say({ channel, user, text: 'reply', threadTs: said[0] ?? '' });
    const pages: (string | undefined)[][] = [];
    for await (const page of client.paginate('conversations.history', { channel, limit: 2 })) {
      const { messages } = page as { messages?: { ts?: string }[] };
      pages.push((messages ?? []).map((message) => message.ts));
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(said.toReversed());
    const after = await client.conversations.history({ channel, oldest: said[3] ?? '' });
    expect(after.messages?.map((message) => message.ts)).toEqual([said[4]]);
    const from = await client.conversations.history({ channel, oldest: said[3] ?? '', inclusive: true });
    expect(from.messages?.map((message) => message.ts)).toEqual([said[4], said[3]]);
  });

  it('of a thread has the parent first whatever the range', async () => {
    const { client, channel, user } = await start();
    const root = fake.say({ channel, user, text: 'root' }).ts;
    const replies = ['a', 'b'].map((text) => fake.say({ channel, user, text, threadTs: root }).ts);
    const page = await client.conversations.replies({ channel, ts: root, oldest: replies[0] ?? '' });
    expect(page.messages?.map((message) => message.ts)).toEqual([root, replies[1]]);
    expect(page.messages?.[0]).toMatchObject({ reply_count: 2, thread_ts: root });
    expect(await refusalOf(client.conversations.replies({ channel, ts: '1.000001' }))).toBe(
      'thread_not_found',
    );
  });
});

describe('a stream', () => {
  it('grows by appends, takes no update meanwhile, and ends after five minutes', async () => {
    const clock = manualClock();
    const { client, channel, user } = await start({ clock });
    const { ts: thread_ts } = fake.say({ channel, user, text: 'Why?' });
    const to = { recipient_team_id: fake.teamId, recipient_user_id: user };
    expect(await refusalOf(client.chat.startStream({ channel, thread_ts }))).toBe(
      'missing_recipient_team_id',
    );
    const { ts = '' } = await client.chat.startStream({ channel, thread_ts, markdown_text: 'Be', ...to });
    await client.chat.appendStream({ channel, ts, markdown_text: 'cause' });
    expect(fake.thread(channel, ts)[0]).toMatchObject({ visible: 'Because', streaming: true });
    expect(await refusalOf(client.chat.update({ channel, ts, text: 'b' }))).toBe('streaming_state_conflict');
    await clock.advance(300_000);
    const late = client.chat.appendStream({ channel, ts, markdown_text: '.' });
    expect(await refusalOf(late)).toBe('message_not_in_streaming_state');
    expect(await refusalOf(client.chat.update({ channel, ts, text: 'Because.' }))).toBe('accepted');
  });
});

describe('rate limits', () => {
  it('let fifty updates a minute through and say to the second when the next may come', async () => {
    const clock = manualClock();
    const { client, channel } = await start({ clock });
    const { ts = '' } = await client.chat.postMessage({ channel, text: '0' });
    for (let edit = 1; edit <= 50; edit += 1) await client.chat.update({ channel, ts, text: `${edit}` });
    await clock.advance(10_500);
    const limited = { code: ErrorCode.RateLimitedError, retryAfter: 50 };
    await expect(client.chat.update({ channel, ts, text: '51' })).rejects.toMatchObject(limited);
    expect(fake.violations).toEqual([]);
    await clock.advance(49_999);
    await expect(client.chat.update({ channel, ts, text: '51' })).rejects.toMatchObject({ retryAfter: 1 });
    expect(fake.violations).toEqual([expect.stringContaining('early-call: chat.update')]);
    await clock.advance(1);
    await client.chat.update({ channel, ts, text: '51' });
  });

  it('hold posts to one a second in a channel after a short burst, and leave other channels alone', async () => {
    const clock = manualClock();
    const { client, channel } = await start({ clock });
    const other = fake.addChannel({ name: 'other' }).id;
    for (let post = 0; post < 4; post += 1) await client.chat.postMessage({ channel, text: `${post}` });
    await expect(client.chat.postMessage({ channel, text: '4' })).rejects.toMatchObject({ retryAfter: 1 });
    await client.chat.postMessage({ channel: other, text: '0' });
    await clock.advance(1_000);
    await client.chat.postMessage({ channel, text: '4' });
    expect(fake.violations).toEqual([]);
  });
});

it('records live mentions and concurrent edits as violations', async () => {
  const { client, channel } = await start();
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'Hello &lt;!channel&gt;' });
  expect(fake.violations).toEqual([]);
  await client.chat.update({ channel, ts, text: 'Hello <!channel>' });
  await client.chat.update({ channel, ts, markdown_text: 'Hello <@U12345>' });
  fake.faults.api({ method: 'chat.update', do: { kind: 'delay', ms: 50 } });
  await Promise.all([
    client.chat.update({ channel, ts, text: 'a' }),
    client.chat.update({ channel, ts, text: 'b' }),
  ]);
  expect(fake.violations.map((violation) => violation.split(':')[0])).toEqual([
    'mention-ping',
    'mention-ping',
    'concurrent-edit',
  ]);
});

it('gives a file to the bearer only', async () => {
  const { client, channel, user } = await start();
  const files = [{ name: 'notes.txt', mimetype: 'text/plain', content: 'secret' }];
  const { ts } = fake.say({ channel, user, text: '', files });
  const { messages } = await client.conversations.replies({ channel, ts });
  const { file } = await client.files.info({ file: messages?.[0]?.files?.[0]?.id ?? '' });
  const url = file?.url_private_download ?? '';
  const headers = { authorization: `Bearer ${fake.botToken}` };
  expect(await (await fetch(url, { headers })).text()).toBe('secret');
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(302);
});
