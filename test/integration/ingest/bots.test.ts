import { afterEach, expect } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { promise } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { counts } from './door.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

/** Grows slowly enough to be edited a few times. */
const GROWING = `
projects: { default: {} }
assistants:
  echo:
    model: { provider: scripted, tokens: 60, delay_ms: 20 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

async function answered({ database }: RelayService, runs: number): Promise<void> {
  await eventually(
    async () =>
      (await database.models.deliveries.countDocuments({ status: 'done' })) === runs ? true : null,
    'all answers are whole',
    30_000,
  );
}

promise(9, 'in Slack', { tries: 500, timeoutMs: 300_000 }, async ({ count, passed }) => {
  const relay = (service = await startRelayService({
    config: GROWING,
    discord: false,
    slack: { limits: false },
  }));
  const { slack } = relay;
  const { id: channel } = slack.addChannel({ name: 'help' });
  const { id: user } = slack.addUser();
  const { ts } = slack.say({ channel, user, text: 'hello' });
  const { channel: inbox } = { channel: slack.openDirectMessage(user).id };
  slack.say({ channel: inbox, user, text: 'hello' });
  await answered(relay, 2);
  const own = slack.deliveries
    .map(({ event }) => event)
    .filter((event) => JSON.stringify(event).includes(slack.botId));
  const edits = own.filter(({ subtype }) => subtype === 'message_changed');
  expect(own.length - edits.length).toBeGreaterThanOrEqual(2);
  expect(edits.length).toBeGreaterThanOrEqual(2);

  const before = await counts(relay.database);
  const mention = `<@${slack.botUserId}>`;
  for (let index = 0; index < count; index += 1) {
    const legacy = index % 2 === 0;
    const place = index % 3 === 0 ? { threadTs: ts } : {};
    if (index % 5 === 0) await slack.emit(own[index % own.length] ?? {});
    else
      slack.sayAsBot({
        channel: index % 7 === 0 ? inbox : channel,
        text: `${mention} ${index}`,
        legacy,
        ...place,
      });
  }
  const last = slack.say({ channel, user, text: 'bye' });
  await slack.until(
    'all events are acknowledged',
    () => slack.deliveries.every(({ outcome }) => outcome === 'acked'),
    60_000,
  );
  expect(await counts(relay.database)).toEqual({
    threads: before.threads + 1,
    messages: before.messages + 1,
    runs: before.runs + 1,
    deliveries: before.deliveries + 1,
  });
  await answered(relay, 3);
  expect(slack.thread(channel, last.ts)).toHaveLength(2);
  expect(slack.violations).toEqual([]);
  passed(count);
});

promise(9, 'in Discord', { tries: 500, timeoutMs: 300_000 }, async ({ count, passed }) => {
  const relay = (service = await startRelayService({ config: GROWING, slack: false }));
  const { discord } = relay;
  const forum = discord.addForum({ name: 'help' });
  const user = discord.addUser({ name: 'Ada' });
  const robot = discord.addUser({ name: 'Robot', bot: true });
  const { threadId } = discord.createForumPost({ forum: forum.id, user, title: 'Hello', text: 'hello' });
  await answered(relay, 1);
  const [answer] = discord.botMessages(threadId);
  expect(discord.revisions(answer?.id ?? '').length).toBeGreaterThanOrEqual(2);

  const before = await counts(relay.database);
  for (let index = 0; index < count; index += 1) {
    if (index % 10 === 0) {
      discord.createForumPost({
        forum: forum.id,
        user: robot,
        title: `Robot ${index}`,
        text: 'I am a robot',
      });
    } else if (index % 3 === 0) {
      discord.say({
        channel: threadId,
        user: robot,
        text: `<@${discord.botUserId}> ${index}`,
        replyTo: answer?.id ?? '',
      });
    } else {
      discord.say({ channel: threadId, user: robot, text: `I am a robot ${index}` });
    }
  }
  const { id } = discord.say({ channel: threadId, user, text: 'bye' });
  await eventually(
    () => relay.database.models.messages.findOne({ sourceId: id }).lean(),
    'the last is taken in',
    30_000,
  );
  expect(await counts(relay.database)).toEqual({
    threads: before.threads,
    messages: before.messages + 1,
    runs: before.runs + 1,
    deliveries: before.deliveries + 1,
  });
  await answered(relay, 2);
  expect(discord.violations).toEqual([]);
  passed(count);
});
