import { afterEach, expect, test } from 'vitest';
import { buttonLabels } from '../../fakes/slack/press-button.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let services: RelayService[] = [];
afterEach(async () => {
  await Promise.all(services.map((service) => service.close()));
  services = [];
});

async function start(options: Parameters<typeof startRelayService>[0]): Promise<RelayService> {
  const service = await startRelayService(options);
  services.push(service);
  return service;
}

/** Asks before it searches the thread; `by` are those who may decide. */
const config = (by?: readonly string[]) => `
projects: { default: {} }
assistants:
  helper:
    tools: [search_thread]
    approval: { search_thread: ${by === undefined ? 'true' : JSON.stringify({ by })} }
    model:
      provider: scripted
      steps:
        - { text: "I would search for <!channel> @everyone." }
        - { calls: [{ name: search_thread, args: { query: "\`@everyone\` <!here>" } }] }
        - { text: "That is all." }
slack: { answer: every_message }
discord: { answer: every_message }
`;

const SEARCHES = 'I would search for';

async function slackAsks(service: RelayService) {
  const { slack } = service;
  const channel = slack.addChannel({ name: 'support' }).id;
  const ada = slack.addUser({ name: 'Ada' }).id;
  const bea = slack.addUser({ name: 'Bea' }).id;
  const { ts } = slack.say({ channel, user: ada, text: 'please look' });
  const answer = () => slack.thread(channel, ts)[1];
  const buttons = () => buttonLabels(answer()?.blocks ?? []);
  await slack.until('buttons are shown', () => buttons().length > 0, 10_000);
  const press = (user: string, label: string) =>
    slack.pressButton({ channel, ts: answer()?.ts ?? '', user, label });
  return { slack, channel, ts, ada, bea, answer, buttons, press };
}

/** In nobody's hands. */
async function isParked({ database }: RelayService): Promise<void> {
  await eventually(async () => {
    const deliveries = await database.models.deliveries.find({}).lean();
    return deliveries.every(({ workerId }) => workerId === null) ? true : null;
  }, 'the delivery is parked');
}

test('in Slack the person who asked approves, and the message becomes the answer', async () => {
  const service = await start({ config: config(), discord: false });
  const { slack, ada, bea, answer, buttons, press } = await slackAsks(service);
  expect(answer()?.visible).toContain(SEARCHES);
  expect(answer()?.visible).toContain('search_thread');
  expect(buttons()).toEqual(['Approve', 'Deny']);
  await isParked(service);
  // Somebody else is told, alone, that it is not theirs to decide
  expect(await press(bea, 'Approve')).toBe(true);
  await slack.until('she is told', () => slack.callsOf('chat.postEphemeral').length === 1);
  expect(slack.callsOf('chat.postEphemeral')[0]?.args).toMatchObject({
    user: bea,
    text: 'Only the person who asked may decide this.',
  });
  expect(buttons()).toHaveLength(2);
  expect(await press(ada, 'Approve')).toBe(true);
  await slack.until('the answer is there', () => answer()?.visible === 'That is all.', 10_000);
  expect(buttons()).toEqual([]);
  expect(slack.violations).toEqual([]);
});

test('in Slack a call is denied by somebody of the list, who alone may', async () => {
  const service = await start({ config: config(['ULEAD']), discord: false });
  const { slack } = service;
  const lead = slack.addUser({ id: 'ULEAD', name: 'Lea' }).id;
  const { ada, answer, buttons, press } = await slackAsks(service);
  expect(await press(ada, 'Approve')).toBe(true);
  await slack.until('she is told', () => slack.callsOf('chat.postEphemeral').length === 1);
  expect(await press(lead, 'Deny')).toBe(true);
  await slack.until('the answer is there', () => answer()?.visible === 'That is all.', 10_000);
  expect(buttons()).toEqual([]);
});

test('of two calls each has its buttons, until both are decided', async () => {
  const call = '{ name: search_thread, args: { query: it } }';
  const two = config().replace(/\{ calls: .*$/m, `{ calls: [${call}, ${call}] }`);
  const service = await start({ config: two, discord: false });
  const { slack, ada, answer, buttons, press } = await slackAsks(service);
  expect(buttons()).toEqual(['Approve 1', 'Deny 1', 'Approve 2', 'Deny 2']);
  await press(ada, 'Approve 1');
  await slack.until('one is left', () => buttons().join() === 'Approve 2,Deny 2', 10_000);
  await isParked(service);
  await press(ada, 'Deny 2');
  await slack.until('the answer is there', () => answer()?.visible === 'That is all.', 10_000);
  expect(buttons()).toEqual([]);
});

test('buttons still work when the process that showed them is gone', async () => {
  const service = await start({ config: config(), discord: false });
  const { slack, ada, answer, press } = await slackAsks(service);
  await isParked(service);
  await service.services[0]?.stop();
  await service.addService();
  await slack.until('it listens', () => slack.connections > 0);
  expect(await press(ada, 'Approve')).toBe(true);
  await slack.until('the answer is there', () => answer()?.visible === 'That is all.', 10_000);
});

test('when the run is cancelled what was asked goes away', async () => {
  const service = await start({ config: config(), discord: false });
  const { slack, channel, ts, ada } = await slackAsks(service);
  await slack.emit({ type: 'agent_session_stopped', channel, thread_ts: ts, user: ada });
  await slack.until('nothing of it is left', () => slack.thread(channel, ts).length === 1, 10_000);
});

test('in Discord a role may decide, others may not, and nothing pings', async () => {
  const service = await start({ config: config(['role-of-leads']), slack: false });
  const { discord } = service;
  const forum = discord.addForum({ name: 'help' });
  const [ann, lea] = [
    discord.addUser({ name: 'Ann' }),
    discord.addUser({ name: 'Lea', roles: ['role-of-leads'] }),
  ];
  const { threadId } = discord.createForumPost({
    forum: forum.id,
    user: ann,
    title: 'Look',
    text: 'please look',
  });
  const answer = () => discord.botMessages(threadId)[0];
  const buttons = () =>
    answer()?.components.flatMap((row) => (Array.isArray(row['components']) ? row['components'] : [])) ?? [];
  await discord.until(() => buttons().length === 2, 10_000);
  const [approve] = buttons();
  const click = (user: string) =>
    discord.clickButton({ message: answer()?.id ?? '', user, customId: String(approve?.custom_id) });
  await isParked(service);
  click(ann);
  await discord.until(() =>
    discord.botMessages(threadId).some(({ content }) => content.includes('not among those')),
  );
  expect(buttons()).toHaveLength(2);
  click(lea);
  await discord.until(() => answer()?.content === 'That is all.', 10_000);
  expect(buttons()).toEqual([]);
  expect(discord.violations).toEqual([]);
});
