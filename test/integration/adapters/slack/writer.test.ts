import { afterEach, expect, test } from 'vitest';
import { createWebClient } from '../../../../src/adapters/slack/web-client.ts';
import { createSlackWriter } from '../../../../src/adapters/slack/writer.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import type { PartAddress, PlatformWriter, ThinkingIndicator } from '../../../../src/core/ports.ts';
import { promise } from '../../../fixtures/promise.ts';
import { createSlackFake, type SlackFake, type SlackFakeOptions } from '../../../fakes/slack/index.ts';

let fake: SlackFake | undefined;
afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

type Setup = {
  fake: SlackFake;
  writer: PlatformWriter & ThinkingIndicator;
  channel: string;
  root: string;
  address: PartAddress;
  part: (index: number, changes?: Partial<PartAddress>) => PartAddress;
};

async function setUp(options: SlackFakeOptions = {}, timeoutMs = 2_000): Promise<Setup> {
  const slack = await createSlackFake(options);
  fake = slack;
  const { id: channel } = slack.addChannel({ name: 'help' });
  const root = slack.say({ channel, user: slack.addUser().id, text: 'hello' }).ts;
  const origin = { platform: 'slack', tenant: slack.teamId, channel, thread: root } as const;
  const settings = { apiUrl: slack.url, logger: silentLogger, fetch: globalThis.fetch, timeoutMs };
  const writer = createSlackWriter(createWebClient(slack.botToken, settings), systemClock, silentLogger);
  const part = (index: number, changes: Partial<PartAddress> = {}): PartAddress => ({
    origin,
    runId: '01890a5d-ac96-774b-bcce-b302099a8057',
    index,
    replyTo: root,
    ...changes,
  });
  return { fake: slack, writer, channel, root, address: part(0), part };
}

const { signal } = new AbortController();

async function posted(writer: PlatformWriter, address: PartAddress, text: string): Promise<string> {
  const outcome = await writer.post(address, text, signal);
  if (outcome.kind !== 'done') throw new Error(outcome.sentence);
  return outcome.value.messageId;
}

test('what a person reads is the formatted text, after the post and after each edit', async () => {
  const { fake, writer, channel, root, address } = await setUp();
  const text =
    '# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nif (a < b && c) {}\n```\n- [x](https://x.test)';
  const id = await posted(writer, address, text);
  const seen = () => fake.thread(channel, root).at(-1);
  expect(seen()).toMatchObject({ ts: id, threadTs: root, visible: text });
  expect(await writer.edit(address, id, `${text}\nmore`, signal)).toEqual({ kind: 'done', value: undefined });
  expect(seen()?.visible).toBe(`${text}\nmore`);
  expect(fake.callsOf('chat.postMessage')[0]?.args).toMatchObject({
    unfurl_links: 'false',
    unfurl_media: 'false',
  });
});

const QUIET = 'in Slack, mentions and image links ping nobody and unfurl nothing';
promise(37, QUIET, { tries: 30, timeoutMs: 60_000 }, async ({ passed }) => {
  const { fake, writer, channel, root, address } = await setUp({ limits: false });
  const bait = [
    '<!channel>',
    '<!here|@here>',
    '<!everyone>',
    `<@${fake.addUser().id}>`,
    '<#C1>',
    '<!subteam^S1>',
  ];
  const wraps = [(x: string) => x, (x: string) => `\`${x}\``, (x: string) => `\`\`\`\n${x}\n\`\`\``];
  const outputs = bait.flatMap((mention) => wraps.map((wrap) => wrap(mention)));
  outputs.push(
    '@channel',
    '@here',
    '@everyone',
    '![x](https://x.test/track.png)',
    'https://x.test',
    '&lt;!channel&gt;',
  );
  outputs.push('a @channel b', '**@here**', '[x](https://x.test)', '<!group>', '<@W1|x>', '<!date^1^x|y>');
  expect(outputs).toHaveLength(30);
  for (const output of outputs) {
    const text = writer.text.format(output);
    const id = await posted(writer, address, text);
    await writer.edit(address, id, `${text} edited`, signal);
  }
  expect(fake.violations).toEqual([]);
  const seen = fake.thread(channel, root).slice(1);
  expect(seen.map(({ visible }) => visible.replaceAll('\u200b', ''))).toEqual(
    outputs.map((output) => `${output} edited`),
  );
  // All of them in CI too: they are not alike.
  passed(outputs.length);
});

test('parts of the full length are taken, as posts and as edits, whatever they are made of', async () => {
  const { writer, address } = await setUp({ limits: false });
  for (const unit of ['x', '<', '&', '`', '"', '\n', 'é', '\u{1f600}']) {
    const text = `a${unit.repeat((writer.text.limit - 2) / unit.length)}z`;
    expect(text.length).toBeLessThanOrEqual(writer.text.limit);
    const id = await posted(writer, address, text);
    expect((await writer.edit(address, id, text, signal)).kind).toBe('done');
  }
});

test('where blocks are refused a part goes as plain text', async () => {
  const { fake, writer, channel, root, address } = await setUp();
  fake.faults.api({
    when: ({ args }) => 'blocks' in args,
    times: Infinity,
    do: { kind: 'error', error: 'invalid_blocks' },
  });
  const id = await posted(writer, address, 'a **b** <c>');
  expect(fake.thread(channel, root).at(-1)?.visible).toBe('a **b** <c>');
  expect((await writer.edit(address, id, 'less', signal)).kind).toBe('done');
  expect(fake.thread(channel, root).at(-1)?.visible).toBe('less');
});

test('a post that was accepted but not answered is found again, and only one message is seen', async () => {
  for (const kind of ['answer-never', 'reset-after'] as const) {
    const { fake, writer, channel, root, part } = await setUp({}, 300);
    await posted(writer, part(0), 'the first part');
    fake.faults.api({ method: 'chat.postMessage', do: { kind } });
    expect((await writer.post(part(1), 'the second part', signal)).kind).toBe('ambiguous');
    const found = await writer.findPosted(part(1), signal);
    const second = fake.thread(channel, root).find(({ visible }) => visible === 'the second part');
    expect(found).toEqual({ kind: 'done', value: { messageId: second?.ts } });
    expect(await writer.findPosted(part(2), signal)).toEqual({ kind: 'done', value: null });
    expect(await writer.findPosted(part(1, { runId: 'another' }), signal)).toEqual({
      kind: 'done',
      value: null,
    });
    expect(fake.thread(channel, root)).toHaveLength(3);
    await fake.close();
  }
});

test('a post that never arrived is found missing', async () => {
  const { fake, writer, address } = await setUp();
  for (const fault of [{ kind: 'reset-before' }, { kind: 'http-status', status: 503 }] as const) {
    fake.faults.api({ method: 'chat.postMessage', do: fault });
    expect((await writer.post(address, 'text', signal)).kind).toBe('ambiguous');
    expect(await writer.findPosted(address, signal)).toEqual({ kind: 'done', value: null });
  }
});

test('a part is found in a thread of many pages', async () => {
  const { fake, writer, channel, root, part } = await setUp({ limits: false });
  const user = fake.addUser().id;
  const { replyTo: _, ...rest } = part(0);
  const id = await posted(writer, part(0), 'before');
  for (let reply = 0; reply < 450; reply += 1)
    fake.say({ channel, user, threadTs: root, text: `reply ${reply}` });
  const last = await posted(writer, part(1), 'after');
  expect(await writer.findPosted({ ...rest, index: 0, replyTo: null }, signal)).toMatchObject({
    value: { messageId: id },
  });
  expect(await writer.findPosted(part(1), signal)).toMatchObject({ value: { messageId: last } });
});

test('a 429 says how long to wait and pauses no other call', async () => {
  const { fake, writer, address, part } = await setUp();
  const id = await posted(writer, address, 'text');
  fake.faults.api({ method: 'chat.update', do: { kind: 'rate-limit', retryAfter: 30 } });
  const started = performance.now();
  const outcomes = await Promise.all([
    writer.edit(address, id, 'new', signal),
    writer.post(part(1), 'another', signal),
    writer.findPosted(address, signal),
  ]);
  expect(outcomes[0]).toMatchObject({ kind: 'retryable', waitMs: 30_000, rateLimited: true });
  expect(outcomes.slice(1).map(({ kind }) => kind)).toEqual(['done', 'done']);
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(fake.callsOf('chat.update')).toHaveLength(1);
  expect(fake.violations).toEqual([]);
});

test('nothing is sent twice by the client itself', async () => {
  const { fake, writer, address } = await setUp();
  const id = await posted(writer, address, 'text');
  const faults = [
    { kind: 'http-status', status: 500 },
    { kind: 'http-status', status: 404 },
    { kind: 'reset-before' },
    { kind: 'error', error: 'internal_error' },
    { kind: 'rate-limit', retryAfter: 0 },
  ] as const;
  for (const [index, fault] of faults.entries()) {
    fake.faults.api({ method: 'chat.update', do: fault });
    await writer.edit(address, id, `new ${index}`, signal);
    expect(fake.callsOf('chat.update')).toHaveLength(index + 1);
  }
});

test('an edit that got no answer may simply be made again', async () => {
  const { fake, writer, address } = await setUp();
  const id = await posted(writer, address, 'text');
  fake.faults.api({ method: 'chat.update', do: { kind: 'reset-after' } });
  expect(await writer.edit(address, id, 'new', signal)).toMatchObject({
    kind: 'retryable',
    rateLimited: false,
  });
});

test('a deleted message, a removed bot, an archived channel and a revoked token are each named', async () => {
  const { fake, writer, channel, address, part } = await setUp();
  const id = await posted(writer, address, 'text');
  const edit = async () => {
    const outcome = await writer.edit(address, id, 'new', signal);
    return outcome.kind === 'rejected' ? outcome.reason : outcome.kind;
  };
  fake.archiveChannel(channel);
  expect(await edit()).toBe('archived');
  fake.unarchiveChannel(channel);
  fake.deleteMessage(channel, id);
  expect(await edit()).toBe('message_gone');
  expect((await writer.remove(address, id, signal)).kind).toBe('done');
  fake.removeBot(channel);
  expect(await writer.post(part(1), 'text', signal)).toMatchObject({ kind: 'rejected', reason: 'no_access' });
  fake.revokeToken();
  expect(await writer.post(part(1), 'text', signal)).toMatchObject({
    kind: 'rejected',
    reason: 'bad_credentials',
  });
});

test('nobody listening is surely not done', async () => {
  const gone = await createSlackFake();
  await gone.close();
  const settings = { apiUrl: gone.url, logger: silentLogger, fetch: globalThis.fetch };
  const writer = createSlackWriter(createWebClient('xoxb-1', settings), systemClock, silentLogger);
  const origin = { platform: 'slack', tenant: 'T1', channel: 'C1', thread: '1700000000.000000' } as const;
  const outcome = await writer.post({ origin, runId: 'r', index: 0, replyTo: null }, 'text', signal);
  expect(outcome).toMatchObject({ kind: 'retryable', rateLimited: false });
});

test('a signal ends the waiting: what was sent is ambiguous, what was not is surely not done', async () => {
  const { fake, writer, address } = await setUp();
  fake.faults.api({ method: 'chat.postMessage', do: { kind: 'answer-late', ms: 1_000 } });
  const controller = new AbortController();
  const writing = writer.post(address, 'text', controller.signal);
  await fake.until('it was sent', () => fake.callsOf('chat.postMessage').length === 1);
  controller.abort();
  expect((await writing).kind).toBe('ambiguous');
  expect(await writer.post(address, 'text', controller.signal)).toMatchObject({
    kind: 'retryable',
    waitMs: 0,
  });
  expect(fake.callsOf('chat.postMessage')).toHaveLength(1);
});

test('a workspace without the thinking status is asked once; a fault is forgotten', async () => {
  const { fake, writer, channel, root, address } = await setUp();
  fake.faults.api({ method: 'assistant.threads.setStatus', do: { kind: 'http-status', status: 500 } });
  await writer.showThinking(address.origin);
  await writer.showThinking(address.origin);
  expect(fake.statusOf(channel, root)).toBe('is thinking…');
  fake.setScopes(['channels:read']);
  await writer.showThinking(address.origin);
  await writer.showThinking(address.origin);
  expect(fake.callsOf('assistant.threads.setStatus')).toHaveLength(3);
});
