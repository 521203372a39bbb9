import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiscordFake } from '../../fakes/discord/index.ts';
import { createSlackFake, type SlackFake } from '../../fakes/slack/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { residentMegabytes, type Spawned, spawnThreadrelay } from './service-process.ts';

/** What the issue allows the resting process. */
const MOST_MEGABYTES = 150;

let cwd: string;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  cleanups.push(() => rm(cwd, { recursive: true, force: true }));
});

afterEach(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

function startService(env: NodeJS.ProcessEnv): Spawned {
  const service = spawnThreadrelay(['start'], env, cwd);
  cleanups.push(() => service.end('SIGTERM'));
  return service;
}

async function startSlack(): Promise<{ slack: SlackFake; env: NodeJS.ProcessEnv }> {
  const slack = await createSlackFake();
  cleanups.push(() => slack.close());
  return {
    slack,
    env: { SLACK_API_URL: slack.url, SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken },
  };
}

test('the service with both platforms and stores of its own rests at 150 MB or less', {
  timeout: 90_000,
}, async () => {
  const { env } = await startSlack();
  const discord = await createDiscordFake();
  cleanups.push(() => discord.close());
  const service = startService({
    ...env,
    DISCORD_API_URL: discord.apiUrl,
    DISCORD_TOKEN: discord.token,
    // Compiled code of the cache of our tests stays in memory, 15 MB of it; users have none.
    NODE_COMPILE_CACHE: undefined,
  });

  await service.ready();
  const megabytes = await residentMegabytes(service.child.pid ?? 0);

  console.log(`resting at ${megabytes.toFixed(0)} MB`);
  expect(megabytes).toBeLessThanOrEqual(MOST_MEGABYTES);
});

test('a run in flight at SIGTERM reaches the platform once, also by the next start', {
  timeout: 120_000,
}, async () => {
  const { slack, env } = await startSlack();
  const words = Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ');
  await writeFile(
    join(cwd, 'threadrelay.yaml'),
    `assistants: { a: { model: { provider: scripted, delay_ms: 60, reply: "${words}" } } }\n`,
  );
  const channel = slack.addChannel({ name: 'support' }).id;
  const first = startService(env);
  await first.ready();
  const { ts } = slack.say({ channel, user: slack.addUser().id, text: `<@${slack.botUserId}> go` });
  await slack.until('the answer has begun', () => slack.thread(channel, ts).length === 2, 20_000);

  const startedAt = performance.now();
  expect(await first.end('SIGTERM')).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(25_000);
  const second = startService(env);
  await second.ready();

  await slack.until('the answer is whole', () => slack.thread(channel, ts)[1]?.text === words, 30_000);
  expect(slack.thread(channel, ts)).toHaveLength(2);
});

test('SIGHUP takes a new configuration, and keeps the old one when the new one is faulty', {
  timeout: 90_000,
}, async () => {
  const { slack, env } = await startSlack();
  const file = join(cwd, 'threadrelay.yaml');
  const saying = (text: string) =>
    writeFile(file, `assistants: { a: { model: { provider: scripted, reply: "${text}" } } }\n`);
  await saying('one');
  const service = startService(env);
  const url = await service.ready();
  const channel = slack.addChannel({ name: 'support' }).id;
  const user = slack.addUser().id;
  const answer = async () => {
    const { ts } = slack.say({ channel, user, text: `<@${slack.botUserId}> hello` });
    const text = () => slack.thread(channel, ts)[1]?.text ?? '';
    await slack.until('an answer', () => ['one', 'two'].includes(text()), 20_000);
    return text();
  };

  expect(await answer()).toBe('one');
  await saying('two');
  service.child.kill('SIGHUP');
  await service.said('the new configuration is in force');
  expect(await answer()).toBe('two');
  await writeFile(file, 'assistants: 7\n');
  service.child.kill('SIGHUP');
  await service.said('threadrelay.yaml:1:13');
  expect(await answer()).toBe('two');

  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('threadrelay_run_seconds_count{status="succeeded"} 3');
  expect(metrics).toContain(
    'threadrelay_platform_writes_total{platform="slack",operation="post",outcome="done"} 3',
  );
  for (const line of service.log().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  expect(service.log()).not.toContain(slack.botToken);
});

test('a platform that cannot be reached is waited for, while /ready says so', {
  timeout: 90_000,
}, async () => {
  const lost = await createSlackFake();
  const port = Number(new URL(lost.url).port);
  const { url, botToken, appToken } = lost;
  await lost.close();
  const service = startService({ SLACK_API_URL: url, SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken });

  const address = await service.ready();

  expect(service.log()).toContain(
    'Slack cannot be reached. Check the network and SLACK_API_URL. Trying again',
  );
  const notReady = await fetch(`${address}/ready`);
  expect(notReady.status).toBe(503);
  expect(await notReady.json()).toEqual({ ready: false, waiting_for: ['Slack'] });
  const back = await createSlackFake({ port });
  cleanups.push(() => back.close());
  await eventually(
    async () => ((await fetch(`${address}/ready`)).ok ? true : null),
    '/ready is well again',
    40_000,
  );
});

test('a second service on the same data is refused, and doctor leaves the first alone', {
  timeout: 90_000,
}, async () => {
  const first = startService({});
  const address = await first.ready();

  const second = spawnThreadrelay(['start'], {}, cwd);
  const doctor = spawnThreadrelay(['doctor'], {}, cwd);

  expect(await second.exit).toBe(1);
  expect(second.notices()).toContain(`is in use by process ${first.child.pid}. Stop that one`);
  expect(await doctor.exit).toBe(0);
  expect(doctor.log()).toContain(`✓ stores: brought up by the running service (process ${first.child.pid})`);
  expect((await fetch(`${address}/ready`)).status).toBe(200);
});
