import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueKey } from '../../../src/app/keys/issue-key.ts';
import type { Origin } from '../../../src/core/origin.ts';
import type { FakeFile } from '../../fakes/slack/types.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

const CONFIG = `
projects: { default: {} }
assistants:
  echo:
    model: { provider: scripted, delay_ms: 0, reply: "You said: {{text}}" }
  searcher:
    model:
      provider: scripted
      delay_ms: 0
      steps:
        - calls: [{ name: search_files, args: { query: rhubarb } }]
        - text: Found it.
routes:
  - { name: search, when: { message.text: { $regex: find } }, to: { assistant: searcher } }
limits: { runs_per_user_per_minute: 0 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

let service: RelayService;
let channel: string;
let ada: string;
beforeAll(async () => {
  service = await startRelayService({ config: CONFIG });
  channel = service.slack.addChannel({ name: 'support' }).id;
  ada = service.slack.addUser({ name: 'Ada' }).id;
});
afterAll(() => service.close());

type SlackFile = FakeFile;

const notes: SlackFile = {
  name: 'notes.md',
  mimetype: 'text/markdown',
  content: `# Garden\n\n## Beds\n\n${'We water the beans.\n\n'.repeat(400)}## Sweet\n\nThe rhubarb is ripe in May.\n`,
};

async function slackThread(ts: string) {
  const origin: Origin = { platform: 'slack', tenant: service.slack.teamId, channel, thread: ts };
  return eventually(() => service.stores.threads.findByOrigin(origin), 'the thread is stored');
}

/** Says it in Slack and waits until `answers` answers are there. */
async function say(
  files: SlackFile[],
  { text = 'look', thread = undefined as string | undefined, answers = 1 } = {},
) {
  const { ts } = service.slack.say({ channel, user: ada, text, files, ...(thread && { threadTs: thread }) });
  const { id } = await slackThread(thread ?? ts);
  const messages = await eventually(async () => {
    const all = await service.stores.messages.tail(id, 50);
    return all.filter(({ role, toolCalls }) => role === 'ai' && toolCalls.length === 0).length >= answers
      ? all
      : null;
  }, 'it is answered');
  return { ts: thread ?? ts, threadId: id, messages, files: await service.stores.files.list(id) };
}

const lastPrompt = async (threadId: string) => {
  const [run] = await service.stores.runs.listByThread(threadId, 10);
  const record = await eventually(
    () => service.stores.records.find({ threadId, runId: run?.id ?? '' }),
    'the run is recorded',
  );
  return record.steps.at(-1)?.added ?? '';
};

test('a file of Slack is fetched with its token, read, kept once, and told to the model', async () => {
  const { threadId, messages, files, ts } = await say([notes]);
  expect(files).toMatchObject([
    {
      name: 'notes.md',
      status: 'text',
      problem: null,
      messageIds: [messages[0]?.id],
      characters: notes.content.length,
    },
  ]);
  expect(await service.stores.files.text(threadId, files[0]?.id ?? '')).toBe(notes.content);
  expect(await lastPrompt(threadId)).toContain('"notes.md"');
  expect(messages.at(-1)?.text).toBe('You said: look');

  const again = await say([], { text: 'and now', thread: ts, answers: 2 });
  expect(again.files).toEqual(files);
  expect(await lastPrompt(threadId)).toContain('> # Garden');
});

test('what a model asks of search_files is found in the files of its thread alone', async () => {
  await say([{ ...notes, name: 'other.md' }]);
  const { messages } = await say(
    [{ name: 'cake.txt', mimetype: 'text/plain', content: 'Bake the rhubarb cake.' }],
    {
      text: 'find it',
    },
  );
  const found = messages.find(({ role }) => role === 'tool');
  expect(found?.text).toBe(
    JSON.stringify({ passages: [{ file: 'cake.txt', passage: 'Bake the rhubarb cake.' }] }),
  );
});

test('a copy of a thread answers from the files that its original had', async () => {
  const { threadId } = await say([
    { name: 'pie.txt', mimetype: 'text/plain', content: 'Bake the rhubarb pie.' },
  ]);
  const { secret } = await issueKey(service.stores.keys, {
    projectId: 'default',
    scope: 'write',
    name: null,
  });
  const post = async (path: string, body: object = {}) => {
    const headers = { 'x-api-key': secret, 'content-type': 'application/json' };
    const answer = await fetch(`${service.services[0]?.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return JSON.parse(await answer.text());
  };
  const { thread_id: copy } = await post(`/threads/${threadId}/copy`);
  await service.stores.threads.delete(threadId);

  const input = { messages: [{ role: 'user', content: 'find it' }] };
  await post(`/threads/${copy}/runs/wait`, { assistant_id: 'echo', input });

  const found = (await service.stores.messages.tail(copy, 9)).find(({ role }) => role === 'tool');
  expect(found?.text).toContain('Bake the rhubarb pie.');
  expect(await lastPrompt(copy)).toContain('"pie.txt"');
});

test('files that cannot be used are told of once, before the answer, to people and to the model', async () => {
  const archive = Buffer.from(zipSync({ 'a.bin': new Uint8Array(20) }));
  const picture = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const { messages, ts, threadId, files } = await say([
    { name: 'things.zip', mimetype: 'application/zip', content: archive },
    { name: 'huge.txt', mimetype: 'text/plain', content: Buffer.alloc(10 * 1024 * 1024 + 1, 'a') },
    { name: 'shot.png', mimetype: 'image/png', content: picture },
    { name: 'empty.txt', mimetype: 'text/plain', content: '' },
  ]);
  const answer = messages.at(-1)?.text ?? '';
  expect(answer).toContain('> "things.zip" is a file of the type application/zip');
  expect(answer).toContain('> "huge.txt" is too large: files of up to 10 MB are read.');
  expect(answer).toContain('> "shot.png" is a picture, and I cannot look at pictures.');
  expect(answer).toContain('> "empty.txt" is empty.');
  expect(answer.endsWith('\n\nYou said: look')).toBe(true);
  expect(files.map(({ status }) => status).toSorted()).toEqual(['failed', 'failed', 'failed', 'image']);
  await eventually(
    async () => service.slack.thread(channel, ts)[1]?.visible.includes('things.zip') === true,
    'people see it',
  );

  const next = await say([], { text: 'so?', thread: ts, answers: 2 });
  expect(next.messages.at(-1)?.text).toBe('You said: so?');
  expect(await lastPrompt(threadId)).toContain('"things.zip" (application/zip) could not be used.');
});

test('a token without the scope gets the page to sign in, and people are told what is missing', async () => {
  const others = ['chat:write', 'channels:history', 'channels:read', 'users:read', 'assistant:write'];
  service.slack.setScopes(others);
  const { messages } = await say([{ ...notes, name: 'secret.md' }]);
  service.slack.setScopes([...others, 'files:read']);
  expect(messages.at(-1)?.text).toMatch(/> "secret.md" could not be fetched: .*files:read/);
});

test('a file of Discord is fetched by its signed address, and by a new one when that has ended', async () => {
  const { discord, stores } = service;
  const forum = discord.addForum({ name: 'help' });
  const bea = discord.addUser({ name: 'Bea' });
  discord.settings.fileAddressMs = 1_000;
  const { threadId: thread } = discord.createForumPost({
    forum: forum.id,
    user: bea,
    title: 'Prices',
    text: 'see',
    attachments: [{ filename: 'prices.csv', content: 'thing,price\nrhubarb,3\n', contentType: 'text/csv' }],
  });
  const origin: Origin = { platform: 'discord', tenant: discord.guildId, channel: forum.id, thread };
  const { id } = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
  const [file] = await eventually(async () => {
    const files = await stores.files.list(id);
    return files.length > 0 ? files : null;
  }, 'the file is kept');
  expect(file).toMatchObject({ name: 'prices.csv', status: 'text', problem: null });
  expect(file?.summary).toContain('rhubarb');
  expect(discord.calls('GET /channels/:channel/messages/:message')).toHaveLength(1);
});

test('files go with the message that a person deletes, and with the thread', async () => {
  const { threadId, ts } = await say([notes]);
  const reply = service.slack.say({
    channel,
    user: ada,
    text: 'and this',
    threadTs: ts,
    files: [{ name: 'b.txt', mimetype: 'text/plain', content: 'b' }],
  });
  const names = async () => (await service.stores.files.list(threadId)).map(({ name }) => name);
  await eventually(async () => (await names()).length === 2, 'both are kept');
  service.slack.deleteMessage(channel, reply.ts);
  await eventually(async () => (await names()).join() === 'notes.md', 'one is gone');
  await service.stores.threads.delete(threadId);
  expect(await names()).toEqual([]);
  const { connection } = service.database;
  const left = () =>
    connection.collection('file_contents.files').countDocuments({ 'metadata.threadId': threadId });
  // A run that fetches the thread's files just now takes away itself what it has written.
  await eventually(async () => (await left()) === 0, 'no content is left');
});
