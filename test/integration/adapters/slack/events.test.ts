import { afterEach, expect, test } from 'vitest';
import { type Setup, setUp } from './harness.ts';

let setup: Setup | undefined;
afterEach(async () => {
  await setup?.close();
  setup = undefined;
});

/** In each of the two orders. */
const PAIRS = process.env['FULL'] === '1' ? 50 : 5;

function acked({ fake }: Setup): number {
  return fake.deliveries.filter(({ outcome }) => outcome === 'acked').length;
}

test('a mention told by message and by app_mention is one message, in both orders', async () => {
  const { fake, ingest } = (setup = await setUp());
  const { id: channel } = fake.addChannel({ name: 'help' });
  const user = fake.addUser({ name: 'ada' });
  const said: string[] = [];
  for (const order of ['message-first', 'mention-first'] as const) {
    fake.mentionOrder = order;
    for (let pair = 0; pair < PAIRS; pair += 1) {
      said.push(fake.say({ channel, user: user.id, text: `<@${fake.botUserId}> question ${pair}` }).ts);
    }
  }
  await fake.until('both events of each post are acknowledged', () => acked(setup as Setup) >= 4 * PAIRS);
  expect(ingest.messages).toHaveLength(4 * PAIRS);
  for (const ts of said) {
    const told = ingest.messages.filter(({ sourceId }) => sourceId === ts);
    expect(
      new Set(told.map((message) => JSON.stringify({ ...message, author: message.author.id }))).size,
    ).toBe(1);
    expect(told[0]).toMatchObject({
      mentionsBot: true,
      startsThread: true,
      text: expect.stringMatching(/^question \d+$/),
      origin: { platform: 'slack', tenant: fake.teamId, channel, thread: ts },
    });
  }
});

test("bot echoes, the bot's own edits and other bots are never told", async () => {
  const current = (setup = await setUp());
  const { fake, ingest, adapter } = current;
  const { id: channel } = fake.addChannel({ name: 'help' });
  const user = fake.addUser();
  const root = fake.say({ channel, user: user.id, text: 'hello' });
  const origin = { platform: 'slack', tenant: fake.teamId, channel, thread: root.ts } as const;
  const address = { origin, runId: 'run-1', index: 0, replyTo: root.ts };
  const { signal } = new AbortController();
  const posted = await adapter.writer.post(address, 'an answer', signal);
  if (posted.kind !== 'done') throw new Error(posted.sentence);
  for (let edit = 0; edit < 20; edit += 1) {
    await adapter.writer.edit(address, posted.value.messageId, `an answer ${edit}`, signal);
  }
  for (const legacy of [true, false]) {
    fake.sayAsBot({ channel, text: `<@${fake.botUserId}> I am a bot`, legacy });
    fake.sayAsBot({ channel, text: 'me too', threadTs: root.ts, legacy });
  }
  const last = fake.say({ channel, user: user.id, text: 'bye' });
  await fake.until('the last message is told', () => ingest.taken.has(last.ts));
  await fake.until('all are acknowledged', () => fake.deliveries.every(({ outcome }) => outcome === 'acked'));
  expect(fake.deliveries.length).toBeGreaterThanOrEqual(25);
  expect([...ingest.taken.keys()]).toEqual([root.ts, last.ts]);
  expect(ingest.edits).toEqual([]);
  expect(fake.violations).toEqual([]);
});

test('edits, deletions and a deleted root of people are told', async () => {
  const { fake, ingest } = (setup = await setUp());
  const { id: channel } = fake.addChannel({ name: 'help' });
  const user = fake.addUser().id;
  const root = fake.say({ channel, user, text: 'hello' });
  const reply = fake.say({ channel, user, text: 'more', threadTs: root.ts });
  fake.editMessage(channel, reply.ts, 'even more &amp; more');
  await fake.until('the edit is told', () => ingest.edits.length === 1);
  expect(ingest.edits[0]).toMatchObject({
    sourceId: reply.ts,
    text: 'even more & more',
    origin: { thread: root.ts },
  });
  fake.deleteMessage(channel, root.ts);
  await fake.until('the closure is told', () => ingest.closures.length === 1);
  expect(ingest.deletions[0]).toMatchObject({ sourceId: root.ts });
  expect(ingest.closures[0]).toMatchObject({ reason: 'root_deleted', origin: { channel, thread: root.ts } });
  fake.deleteMessage(channel, reply.ts);
  await fake.until('the deletion is told', () => ingest.deletions.length === 2);
  expect(ingest.deletions[1]).toMatchObject({ sourceId: reply.ts, origin: { thread: root.ts } });
});

test('odd messages are told and acknowledged: files only, 40,000 characters, null bytes, lone surrogates', async () => {
  const current = (setup = await setUp());
  const { fake, ingest } = current;
  const { id: channel } = fake.openDirectMessage(fake.addUser({ id: 'U0ADA' }).id);
  const say = (text: string) => fake.say({ channel, user: 'U0ADA', text }).ts;
  const file = { name: 'a.txt', mimetype: 'text/plain', content: 'hi' };
  const onlyFiles = fake.say({ channel, user: 'U0ADA', text: '', files: [file] }).ts;
  const long = say('x'.repeat(40_000));
  const odd = say('a\u0000b\ud800c');
  await fake.until('all are told', () => ingest.taken.size === 3 && acked(current) >= 3);
  expect(ingest.taken.get(onlyFiles)).toMatchObject({
    text: '',
    isDirectMessage: true,
    attachments: [{ name: 'a.txt' }],
  });
  expect(ingest.taken.get(long)?.text).toHaveLength(40_000);
  expect(ingest.taken.get(odd)?.text).toMatch(/^ab\ufffd+c$/);
});

test('a turn in an assistant thread and its stop belong to that thread', async () => {
  const { fake, ingest } = (setup = await setUp());
  const user = fake.addUser().id;
  const { channel, threadTs } = fake.openAssistantThread(user);
  const { ts } = fake.say({ channel, user, text: 'hi', threadTs });
  await fake.until('the turn is told', () => ingest.taken.has(ts));
  expect(ingest.taken.get(ts)).toMatchObject({
    isDirectMessage: true,
    origin: { channel, thread: threadTs },
  });
  await fake.emit({ type: 'agent_session_stopped', channel, thread_ts: threadTs, user, event_ts: ts });
  expect(ingest.stops).toEqual([{ platform: 'slack', tenant: fake.teamId, channel, thread: threadTs }]);
});

test('names come from memory for the next message; an event never waits for a person’s name', async () => {
  const { fake, ingest } = (setup = await setUp());
  const { id: channel } = fake.addChannel({ name: 'help' });
  const user = fake.addUser({ name: 'ada' }).id;
  fake.faults.api({ method: 'users.info', do: { kind: 'delay', ms: 200 } });
  const first = fake.say({ channel, user, text: 'one' });
  await fake.until('the first is told', () => ingest.taken.has(first.ts));
  expect(ingest.taken.get(first.ts)?.author).toEqual({ id: user, isBot: false });
  await fake.until('the name is looked up', () =>
    fake.callsOf('users.info').some(({ outcome }) => outcome === 'ok'),
  );
  const second = fake.say({ channel, user, text: `two <@${user}>` });
  await fake.until('the second is told', () => ingest.taken.has(second.ts));
  expect(ingest.taken.get(second.ts)?.author.name).toEqual(expect.stringContaining('ada'));
  expect(fake.callsOf('users.info')).toHaveLength(1);
});

test('events of another team that installed the app are acknowledged and left alone', async () => {
  const { fake, ingest } = (setup = await setUp({ fake: { teams: [{}, {}] } }));
  const [, other] = fake.teams;
  const { id: theirs } = fake.addChannel({ name: 'theirs', teamId: other?.id ?? '' });
  fake.say({ channel: theirs, user: fake.addUser({ teamId: other?.id ?? '' }).id, text: 'hi' });
  await fake.until('it is acknowledged', () => acked(setup as Setup) === 1);
  expect(ingest.messages).toEqual([]);
});

test('where rules name channels, an event waits for the name of its channel', async () => {
  const { fake, ingest } = (setup = await setUp({ adapter: { needsChannelNames: true } }));
  const { id: channel } = fake.addChannel({ name: 'late-channel' });
  const { ts } = fake.say({ channel, user: fake.addUser().id, text: 'hi' });
  await fake.until('it is told', () => ingest.taken.has(ts));
  expect(ingest.taken.get(ts)?.channelName).toBe('late-channel');
});
