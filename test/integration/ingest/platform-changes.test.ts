import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

const SLOW = `
projects: { default: {} }
assistants:
  slow:
    model: { provider: scripted, delay_ms: 20, steps: [{ text: "Heard {{text}}." }, { tokens: 150 }] }
slack: { answer: every_message }
discord: { answer: every_message }
`;
const QUICK_ANSWERS = SLOW.replace('delay_ms: 20', 'delay_ms: 0');

async function openSlack(config: string) {
  const relay = (service = await startRelayService({ config, discord: false, slack: { limits: false } }));
  const { slack, stores, database } = relay;
  const { id: channel } = slack.addChannel({ name: 'help' });
  const { id: user } = slack.addUser();
  const { ts } = slack.say({ channel, user, text: 'one' });
  const origin = { platform: 'slack', tenant: slack.teamId, channel, thread: ts } as const;
  const thread = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
  const answer = () => slack.thread(channel, ts).find(({ visible }) => visible.startsWith('Heard one.'));
  await slack.until('the answer begins to show', () => answer() !== undefined);
  const deliveries = () => database.models.deliveries.find({ threadId: thread.id }).lean();
  return {
    ...relay,
    channel,
    user,
    ts,
    threadId: thread.id,
    answer,
    closed: () =>
      eventually(
        async () => ((await deliveries()).every(({ finalAt }) => finalAt !== null) ? deliveries() : null),
        'deliveries end',
      ),
    runs: () => stores.runs.listByThread(thread.id, 9),
    stored: () => stores.messages.tail(thread.id, 20),
  };
}

test('a question that is deleted while it is answered is forgotten, and its answer disappears', {
  timeout: 60_000,
}, async () => {
  const { slack, channel, user, ts, closed, runs, stored, answer } = await openSlack(SLOW);
  // A reply keeps the thread alive when its root is gone.
  slack.say({ channel, user, text: 'two', threadTs: ts });
  await eventually(async () => ((await runs()).length === 2 ? true : null), 'the second is taken in');
  const second = slack.thread(channel, ts).find(({ visible }) => visible === 'two');
  slack.deleteMessage(channel, second?.ts ?? '');
  slack.deleteMessage(channel, ts);
  await closed();
  expect((await runs()).map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  expect(JSON.stringify(await stored())).not.toMatch(/"one"|"two"|Heard/);
  expect(answer()).toBeUndefined();
});

test('an answer that somebody deletes is erased from the thread, and its question stays', {
  timeout: 60_000,
}, async () => {
  const { slack, channel, closed, stored, answer, runs } = await openSlack(QUICK_ANSWERS);
  await closed();
  slack.deleteMessage(channel, answer()?.ts ?? '');
  await eventually(async () => ((await stored())[1]?.redactedAt ? true : null), 'the answer is erased');
  expect((await stored()).map(({ role, text }) => [role, text])).toEqual([
    ['human', 'one'],
    ['ai', ''],
  ]);
  expect((await runs()).map(({ status }) => status)).toEqual(['succeeded']);
  expect(answer()).toBeUndefined();
});

test('an answer that somebody deletes while it grows stops and is not posted again', {
  timeout: 60_000,
}, async () => {
  const { slack, channel, closed, stored, answer, runs } = await openSlack(SLOW);
  slack.deleteMessage(channel, answer()?.ts ?? '');
  await closed();
  await eventually(
    async () => ((await runs()).every(({ endedAt }) => endedAt !== null) ? true : null),
    'the run ends',
  );
  expect((await runs()).map(({ status }) => status)).toEqual(['cancelled']);
  const [question, ...rest] = await stored();
  expect(question?.text).not.toBe('');
  expect(JSON.stringify(rest)).not.toContain('Heard');
  expect(answer()).toBeUndefined();
  expect(slack.callsOf('chat.postMessage')).toHaveLength(1);
});

test('a deleted Slack root closes the thread: its runs are cancelled and it takes no more', {
  timeout: 60_000,
}, async () => {
  const { slack, stores, channel, user, ts, threadId, closed, runs } = await openSlack(SLOW);
  slack.deleteMessage(channel, ts);
  await closed();
  expect((await runs()).map(({ status }) => status)).toEqual(['cancelled']);
  expect((await stores.threads.find(threadId))?.closed).toMatchObject({ reason: 'root_deleted' });
  const before = slack.messages(channel).length;
  const { ts: reply } = slack.say({ channel, user, text: 'still there?', threadTs: ts });
  const stored = await eventually(() => stores.messages.findBySource(threadId, reply), 'the reply is kept');
  expect(stored.text).toBe('still there?');
  expect(await runs()).toHaveLength(1);
  expect(slack.messages(channel)).toHaveLength(before + 1);
});

test('a deleted Discord thread closes its thread: its runs are cancelled', { timeout: 60_000 }, async () => {
  const relay = (service = await startRelayService({ config: SLOW, slack: false }));
  const { discord, stores, database } = relay;
  const forum = discord.addForum({ name: 'help' });
  const user = discord.addUser({ name: 'Ada' });
  const { threadId } = discord.createForumPost({ forum: forum.id, user, title: 'Hi', text: 'one' });
  await discord.until(() => discord.botMessages(threadId)[0], 10_000, 'the answer begins to show');
  discord.say({ channel: threadId, user, text: 'two' });
  await eventually(
    async () => ((await database.models.runs.countDocuments()) === 2 ? true : null),
    'two runs',
  );
  discord.deleteThread(threadId);
  await eventually(
    async () => ((await database.models.runs.countDocuments({ status: 'cancelled' })) === 2 ? true : null),
    'both runs are cancelled',
  );
  await eventually(
    async () => ((await database.models.deliveries.countDocuments({ finalAt: null })) === 0 ? true : null),
    'their deliveries end',
  );
  const origin = {
    platform: 'discord',
    tenant: discord.guildId,
    channel: forum.id,
    thread: threadId,
  } as const;
  expect((await stores.threads.findByOrigin(origin))?.closed).not.toBeNull();
  expect(discord.violations).toEqual([]);
});
