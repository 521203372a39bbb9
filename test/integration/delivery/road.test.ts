import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

const GROWING = `
projects: { default: {} }
assistants:
  echo:
    model: { provider: scripted, tokens: 120, delay_ms: 20 }
slack: { answer: mention }
discord: { answer: mention, forums: [{ name: help, answer: every_message }] }
`;

test('a mention in a Slack channel is answered in its thread, growing edit by edit', async () => {
  service = await startRelayService({ config: GROWING });
  const { slack, stores } = service;
  const channel = slack.addChannel({ name: 'support' });
  const user = slack.addUser({ name: 'Ada' });
  const { ts } = slack.say({
    channel: channel.id,
    user: user.id,
    text: `<@${slack.botUserId}> how are you?`,
  });
  const origin = { platform: 'slack', tenant: slack.teamId, channel: channel.id, thread: ts } as const;
  const thread = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
  const [run] = await stores.runs.listByThread(thread.id, 1);
  if (run === undefined) throw new Error('no run');
  const delivery = await eventually(async () => {
    const found = await stores.deliveries.find({ threadId: thread.id, runId: run.id });
    return found?.status === 'done' ? found : null;
  }, 'the delivery is done');
  const messages = await stores.messages.tail(thread.id, 10);
  expect(messages.map(({ role }) => role)).toEqual(['human', 'ai']);
  const [, answer] = slack.thread(channel.id, ts);
  expect(answer?.visible).toBe(messages[1]?.text);
  expect(answer?.revisions.length).toBeGreaterThan(2);
  expect(delivery.edits).toBe((answer?.revisions.length ?? 0) - 1);
  expect(slack.violations).toEqual([]);
});

test('a Discord forum post is answered in its thread, growing edit by edit', async () => {
  service = await startRelayService({ config: GROWING });
  const { discord, stores } = service;
  const forum = discord.addForum({ name: 'help', tags: ['billing'] });
  const user = discord.addUser({ name: 'Bea' });
  const { threadId } = discord.createForumPost({
    forum: forum.id,
    user,
    title: 'A bill I do not understand',
    text: 'What is this?',
    tags: [forum.tags['billing'] ?? ''],
  });
  const origin = {
    platform: 'discord',
    tenant: discord.guildId,
    channel: forum.id,
    thread: threadId,
  } as const;
  const thread = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
  expect(thread).toMatchObject({ name: 'A bill I do not understand', metadata: { tags: ['billing'] } });
  const [run] = await stores.runs.listByThread(thread.id, 1);
  if (run === undefined) throw new Error('no run');
  await eventually(async () => {
    const found = await stores.deliveries.find({ threadId: thread.id, runId: run.id });
    return found?.status === 'done' ? found : null;
  }, 'the delivery is done');
  const messages = await stores.messages.tail(thread.id, 10);
  const [answer] = discord.botMessages(threadId);
  expect(answer?.content).toBe(messages[1]?.text);
  expect(discord.revisions(answer?.id ?? '').length).toBeGreaterThan(1);
  expect(discord.violations).toEqual([]);
});
