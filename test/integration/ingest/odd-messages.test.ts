import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { counts, newPlace, openDoor } from './door.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

const ECHO_AT_ONCE = `
projects: { default: {} }
assistants:
  echo: { model: { provider: scripted, delay_ms: 0, chunk: 4000, reply: "You said: {{text}}" } }
slack: { answer: every_message }
discord: { answer: every_message }
`;

const FILE = { name: 'a.txt', mimetype: 'text/plain', content: 'hi' };

test('null bytes, lone surrogates, 40,000 characters, only files: each is stored and answered in Slack', {
  timeout: 90_000,
}, async () => {
  const relay = (service = await startRelayService({
    config: ECHO_AT_ONCE,
    discord: false,
    slack: { limits: false },
  }));
  const { slack, database } = relay;
  const { id: channel } = slack.addChannel({ name: 'help' });
  const { id: user } = slack.addUser();
  const long = 'x'.repeat(39_999) + '\u{1F600}';
  const texts = [
    'a\u0000b\u0001c',
    'lone \ud83d surrogate \udc00',
    long,
    '$where {"$gt": ""} __proto__',
    '\u202Eabc',
  ];
  const said = texts.map((text) => slack.say({ channel, user, text }).ts);
  said.push(slack.say({ channel, user, text: '', files: [FILE] }).ts);
  await eventually(
    async () =>
      (await database.models.deliveries.countDocuments({ status: 'done' })) === said.length ? true : null,
    'each is answered',
    60_000,
  );
  expect(await database.models.runs.countDocuments({ status: 'succeeded' })).toBe(said.length);
  const stored = await Promise.all(
    said.map((sourceId) => database.models.messages.findOne({ sourceId }).lean()),
  );
  expect(stored.map((message) => message?.text)).toEqual([
    'abc',
    'lone \ufffd surrogate \ufffd',
    long,
    '$where {"$gt": ""} __proto__',
    expect.stringContaining('abc'),
    '',
  ]);
  expect(stored.at(-1)?.attachments).toMatchObject([
    { name: 'a.txt', mediaType: 'text/plain', sizeBytes: 2 },
  ]);
  for (const ts of said) {
    const answer = slack.thread(channel, ts).slice(1);
    expect(answer.length, ts).toBeGreaterThan(0);
    expect(answer[0]?.visible).toMatch(/^You said:/);
  }
  expect(slack.violations).toEqual([]);
});

test('odd messages are stored and answered in Discord', { timeout: 90_000 }, async () => {
  const relay = (service = await startRelayService({ config: ECHO_AT_ONCE, slack: false }));
  const { discord, database } = relay;
  const forum = discord.addForum({ name: 'help' });
  const user = discord.addUser({ name: 'Ada' });
  const file = { filename: 'a.txt', content: 'hi' };
  const posts = [
    { title: 'nul', text: 'a\u0000b' },
    { title: 'files', text: '', attachments: [file] },
    { title: 'long', text: 'y'.repeat(4_000) },
  ].map((post) => discord.createForumPost({ forum: forum.id, user, ...post }));
  await eventually(
    async () =>
      (await database.models.deliveries.countDocuments({ status: 'done' })) === posts.length ? true : null,
    'each is answered',
    60_000,
  );
  const stored = await Promise.all(
    posts.map(({ messageId }) => database.models.messages.findOne({ sourceId: messageId }).lean()),
  );
  expect(stored.map((message) => message?.text)).toEqual(['ab', '', 'y'.repeat(4_000)]);
  expect(stored[1]?.attachments).toMatchObject([{ name: 'a.txt', sizeBytes: 2 }]);
  for (const { threadId } of posts) {
    expect(discord.botMessages(threadId)[0]?.content).toMatch(/^You said:/);
  }
  expect(discord.violations).toEqual([]);
});

test('a message that says nothing is stored and not answered; a bare mention is answered', async () => {
  const door = await openDoor(newPlace());
  try {
    const { ingest, database } = door;
    for (const text of ['', '   \n', '\u200b', '\u0000']) {
      expect((await ingest.message(incoming({ text }))).kind, JSON.stringify(text)).toBe('stored');
    }
    expect((await ingest.message(incoming({ text: '', mentionsBot: true }))).kind).toBe('run');
    const file = { id: 'F1', name: 'a', mediaType: null, sizeBytes: null, url: null };
    expect((await ingest.message(incoming({ text: '', attachments: [file] }))).kind).toBe('run');
    expect(await counts(database)).toEqual({ threads: 6, messages: 6, runs: 2, deliveries: 2 });
  } finally {
    await door.close();
  }
});

test('names, ids and metadata with anything in them are stored as they are', async () => {
  const door = await openDoor(newPlace());
  try {
    const { ingest, stores } = door;
    const odd = 'a.b $c \u{1F600} __proto__ '.repeat(50);
    const message = incoming({
      thread: 'dots.and $signs/and:colons',
      sourceId: 'id.with$dots',
      text: 'a\u0000b\ud800c\r\nd',
      author: { id: 'U.1$', name: odd, roles: ['$admin'] },
      threadName: `${odd}\u0000\ud800`,
      metadata: { tags: ['$where', 'a.b', ''] },
    });
    const result = await ingest.message(message);
    expect(result.kind).toBe('run');
    const thread = await stores.threads.findByOrigin(message.origin);
    expect(thread).toMatchObject({
      name: `${odd}\ufffd`,
      metadata: message.metadata,
      origin: message.origin,
    });
    const stored = await stores.messages.findBySource(thread?.id ?? '', message.sourceId);
    expect(stored?.author).toEqual(message.author);
    expect(stored?.text).toBe('ab\ufffdc\nd');
  } finally {
    await door.close();
  }
});
