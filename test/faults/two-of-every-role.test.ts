import { afterEach, expect, test } from 'vitest';
import type { Role } from '../../src/app/service.ts';
import type { Origin } from '../../src/core/origin.ts';
import { eventually } from '../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../fixtures/relay-service.ts';
import { spawnWorker, type WorkerProcess } from './spawn-worker.ts';

const CONFIG = `
projects: { default: {} }
limits: { runs_per_user_per_minute: 0 }
assistants:
  echo:
    model: { provider: scripted, reply: "You said: {{text}}" }
slack: { answer: every_message }
discord: { answer: every_message }
`;

/** Many processes on two cores: what merely waits for its turn is not to be taken for dead. */
const PATIENT = { heartbeatStaleMs: 5_000, deliveryLeaseMs: 5_000, jobLockMs: 5_000 };

let house: RelayService;
let processes: WorkerProcess[] = [];
afterEach(async () => {
  await Promise.all(processes.map((each) => each.kill()));
  processes = [];
  await house.close();
});

/** Stores and platforms; every role is a process of its own. */
async function openHouse(): Promise<void> {
  house = await startRelayService({ config: CONFIG, roles: [], slack: { limits: false } });
}

async function startProcesses(wanted: { role: Role; variables?: Record<string, string> }[]): Promise<void> {
  processes = wanted.map(({ role, variables }) =>
    spawnWorker({
      environment: { ...house.environment, ...variables },
      config: CONFIG,
      roles: [role],
      timings: PATIENT,
    }),
  );
  await Promise.all(processes.map(({ ready }) => ready));
}

/** Eighteen answers on Slack: their edits fit into the 48 a minute of one workspace, so that none has to wait for its turn. */
const THREADS = 6;
const QUESTIONS = ['one', 'two', 'three'];
const ANSWERS = QUESTIONS.map((question) => `You said: ${question}`);

type Talk = { origin: Origin; answers: () => string[] };

/** A thread in a channel of its own. A person's next message is sent when Slack has seen the last one acknowledged. */
async function talkOnSlack(index: number): Promise<Talk> {
  const { slack } = house;
  const { id: channel } = slack.addChannel({ name: `channel-${index}` });
  const user = slack.addUser().id;
  let threadTs: string | undefined;
  for (const text of QUESTIONS) {
    const { ts } = slack.say({ channel, user, text, ...(threadTs === undefined ? {} : { threadTs }) });
    threadTs ??= ts;
    const isAcknowledged = () =>
      slack.deliveries.some(({ event, outcome }) => event['ts'] === ts && outcome === 'acked');
    await slack.until(`the message ${text} is acknowledged`, isAcknowledged, 20_000);
  }
  const thread = threadTs ?? '';
  return {
    origin: { platform: 'slack', tenant: slack.teamId, channel, thread },
    answers: () =>
      slack
        .thread(channel, thread)
        .filter(({ botId }) => botId !== undefined)
        .map(({ visible }) => visible),
  };
}

/** A forum post in a guild of the wanted shard, with all its messages sent at once. */
function talkOnDiscord(shard: number, shards: number): Talk {
  const { discord } = house;
  const guild = guildOfShard(shard, shards);
  const forum = discord.addForum({ guild });
  const user = discord.addUser();
  const [text = '', ...later] = QUESTIONS;
  const { threadId } = discord.createForumPost({ forum: forum.id, user, title: 'A question', text });
  for (const next of later) discord.say({ channel: threadId, user, text: next });
  return {
    origin: { platform: 'discord', tenant: guild, channel: forum.id, thread: threadId },
    answers: () => discord.botMessages(threadId).map(({ content }) => content),
  };
}

function guildOfShard(shard: number, shards: number): string {
  for (;;) {
    house.discord.advance(1);
    const guild = house.discord.addGuild();
    if ((BigInt(guild) >> 22n) % BigInt(shards) === BigInt(shard)) return guild;
    house.discord.removeBot(guild);
  }
}

/** Waits until every question is answered, and answers what is stored of the runs and deliveries. */
async function allAnswered(talks: readonly Talk[]) {
  const { models } = house.database;
  const wanted = talks.length * QUESTIONS.length;
  await eventually(
    async () => ((await models.deliveries.countDocuments({ status: 'done' })) >= wanted ? true : null),
    `${wanted} deliveries are done`,
    90_000,
  );
  const [runs, deliveries] = await Promise.all([models.runs.find().lean(), models.deliveries.find().lean()]);
  return { runs, deliveries };
}

test('two of every role share the work, answer in order, and double nothing', async () => {
  // Given two receivers of Slack, two gateways of Discord (one a shard) and two workers, each a process
  await openHouse();
  await startProcesses([
    { role: 'slack' },
    { role: 'slack' },
    { role: 'discord', variables: { DISCORD_SHARD: '0/2' } },
    { role: 'discord', variables: { DISCORD_SHARD: '1/2' } },
    { role: 'worker' },
    { role: 'worker' },
  ]);

  // When people talk in threads of both platforms, and do not wait for answers
  const indexes = Array.from({ length: THREADS }, (_, index) => index);
  const talks = [
    ...indexes.map((index) => talkOnDiscord(index % 2, 2)),
    ...(await Promise.all(indexes.map(talkOnSlack))),
  ];
  const { runs, deliveries } = await allAnswered(talks);

  // Then each thread shows one answer a question, in the order of the questions
  for (const talk of talks) {
    expect(
      await eventually(() => (talk.answers().length >= ANSWERS.length ? talk.answers() : null), 'answers'),
    ).toEqual(ANSWERS);
  }
  expect(runs).toHaveLength(talks.length * QUESTIONS.length);
  expect(runs.filter(({ status, attempt }) => status !== 'succeeded' || attempt !== 1)).toEqual([]);
  // And every process did some of the work: each shard's guilds were heard, which only its own gateway can do
  const platformOf = ({ origin }: { origin: Origin }) => origin.platform;
  expect(new Set(deliveries.map(platformOf))).toEqual(new Set(['slack', 'discord']));
  expect(new Set(house.slack.deliveries.map(({ socket }) => socket)).size).toBe(2);
  expect(house.discord.gateway.connected()).toBe(2);
  expect(new Set(runs.map(({ workerId }) => workerId)).size).toBe(2);
  expect(new Set(deliveries.map(({ workerId }) => workerId)).size).toBe(2);
  expect(house.slack.violations).toEqual([]);
  expect(house.discord.violations).toEqual([]);
  // And all of them stop as they should
  expect(await Promise.all(processes.map((each) => each.stop()))).toEqual(processes.map(() => 0));
}, 180_000);

test('two gateways on one shard both hear every message, and each is answered once, in order', async () => {
  await openHouse();
  await startProcesses([{ role: 'discord' }, { role: 'discord' }, { role: 'worker' }]);
  expect(house.discord.gateway.connected()).toBe(2);

  const talks = Array.from({ length: THREADS }, () => talkOnDiscord(0, 1));
  const { runs } = await allAnswered(talks);

  expect(runs).toHaveLength(talks.length * QUESTIONS.length);
  for (const talk of talks) expect(talk.answers()).toEqual(ANSWERS);
  expect(house.discord.violations).toEqual([]);
}, 180_000);
