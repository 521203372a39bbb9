import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createDiscordFake } from '../../fakes/discord/index.ts';
import { createSlackFake } from '../../fakes/slack/index.ts';
import { testDatabase } from '../../fixtures/stores.ts';
import { spawnThreadrelay } from './service-process.ts';

let cwd: string;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  cleanups.push(() => rm(cwd, { recursive: true, force: true }));
});

afterEach(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

/** Starts the service, which is to refuse; answers what it says. */
async function refusal(env: NodeJS.ProcessEnv, args = ['start']): Promise<string> {
  const stores = { MONGODB_URI: testDatabase(), REDIS_URL: inject('redisUrl') };
  const service = spawnThreadrelay(args, { ...stores, ...env }, cwd);
  cleanups.push(() => service.end('SIGKILL'));
  expect(await service.exit).toBe(1);
  const said = service.notices();
  expect(said).not.toMatch(/^\s+at /m);
  expect(said).not.toContain('defect');
  for (const [name, value = ''] of Object.entries(env)) {
    if (name.includes('TOKEN')) expect(said).not.toContain(value);
  }
  return said;
}

test('every fault of the environment is named at once', { timeout: 60_000 }, async () => {
  const said = await refusal({ PORT: '99999', SLACK_BOT_TOKEN: 'hello', MONGODB_URI: 'localhost' });

  expect(said).toContain('The environment has 4 faults:');
  expect(said).toContain('PORT: must be a whole number from 0 to 65535');
  expect(said).toContain('SLACK_BOT_TOKEN: must start with "xoxb-"');
  expect(said).toContain('neither way to receive events is: set SLACK_APP_TOKEN');
  expect(said).toContain('MONGODB_URI: must be an address like mongodb://');
});

test('an unknown key, workflow and assistant are named with line and column', {
  timeout: 60_000,
}, async () => {
  await writeFile(join(cwd, 'threadrelay.yaml'), 'asistants: {}\n');
  expect(await refusal({})).toMatch(/threadrelay\.yaml:1:1 asistants: is not known here\..*assistants/);

  const route = 'routes:\n  - name: a\n    to: { workflow: nothing, assistant: nobody }\n';
  await writeFile(join(cwd, 'threadrelay.yaml'), route);
  const said = await refusal({});
  expect(said).toMatch(/threadrelay\.yaml:3:21 .*"nothing"/);
  expect(said).toMatch(/threadrelay\.yaml:3:41 .*"nobody"/);
});

test('a model without a key is refused with the variable to set, also by doctor', {
  timeout: 60_000,
}, async () => {
  await writeFile(join(cwd, 'threadrelay.yaml'), 'assistants: { a: { model: openai/gpt-5 } }\n');
  const told = 'threadrelay.yaml:1:27 assistants.a.model: needs a key: set OPENAI_API_KEY';
  expect(await refusal({ OPENAI_API_KEY: ' ' })).toContain(told);
  const doctor = spawnThreadrelay(
    ['doctor'],
    { MONGODB_URI: testDatabase(), REDIS_URL: inject('redisUrl') },
    cwd,
  );
  cleanups.push(() => doctor.end('SIGKILL'));
  expect(await doctor.exit).toBe(1);
  expect(doctor.log()).toContain(told);
});

test('a wrong Slack token is refused with the setting to mend', { timeout: 60_000 }, async () => {
  const slack = await createSlackFake();
  cleanups.push(() => slack.close());
  const env = { SLACK_API_URL: slack.url, SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken };

  expect(await refusal({ ...env, SLACK_BOT_TOKEN: 'xoxb-wrong' })).toContain(
    'Slack refused SLACK_BOT_TOKEN (invalid_auth). Copy the Bot User OAuth Token',
  );
  expect(await refusal({ ...env, SLACK_APP_TOKEN: 'xapp-wrong' })).toContain(
    'Slack refused SLACK_APP_TOKEN (invalid_auth). Make an app-level token',
  );
});

test('a wrong Discord token and an intent that is off are refused with the way to mend', {
  timeout: 60_000,
}, async () => {
  const discord = await createDiscordFake({ enabledIntents: [] });
  cleanups.push(() => discord.close());
  const env = { DISCORD_API_URL: discord.apiUrl, DISCORD_TOKEN: discord.token };

  expect(await refusal({ ...env, DISCORD_TOKEN: 'wrong' })).toContain(
    'Discord does not accept the bot token. Reset it in the developer portal',
  );
  expect(await refusal(env)).toContain('Turn on "Message Content Intent" in the developer portal');
});

test('stores that do not answer are named by their settings', { timeout: 60_000 }, async () => {
  const mongodb = await refusal({ MONGODB_URI: 'mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=500' });
  expect(mongodb).toContain('MongoDB at MONGODB_URI cannot be used');
  expect(mongodb).toContain('unset MONGODB_URI');

  const redis = await refusal({ REDIS_URL: 'redis://127.0.0.1:1' });
  expect(redis).toContain('Redis at REDIS_URL cannot be used');
  expect(redis).toContain('unset REDIS_URL');
});

test('a port in use is named with the way out', { timeout: 60_000 }, async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  expect(await refusal({ PORT: String(port) })).toContain(
    `another program listens on port ${port}. Stop it, or set PORT to another number`,
  );
});

test('a data folder that cannot be made is named with the ways out', { timeout: 60_000 }, async () => {
  await mkdir(join(cwd, 'd'));
  await writeFile(join(cwd, 'd', 'mongodb'), 'a file where a folder should be');

  const said = await refusal({ MONGODB_URI: '', REDIS_URL: '', THREADRELAY_DATA: 'd' });

  expect(said).toMatch(/The data folder .* cannot be written \(EEXIST\)/);
  expect(said).toContain('or set MONGODB_URI and REDIS_URL');
});

test('doctor says what is wrong with each platform and exits with 1', { timeout: 60_000 }, async () => {
  const slack = await createSlackFake({ scopes: ['chat:write', 'channels:read', 'groups:read'] });
  const discord = await createDiscordFake({ enabledIntents: [] });
  cleanups.push(() => Promise.all([slack.close(), discord.close()]));
  slack.addChannel({ name: 'support', isMember: false });
  await writeFile(join(cwd, 'threadrelay.yaml'), 'slack: { channels: [{ name: support }] }\n');
  const env = {
    MONGODB_URI: testDatabase(),
    REDIS_URL: inject('redisUrl'),
    SLACK_API_URL: slack.url,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    DISCORD_API_URL: discord.apiUrl,
    DISCORD_TOKEN: discord.token,
  };

  const doctor = spawnThreadrelay(['doctor'], env, cwd);

  expect(await doctor.exit).toBe(1);
  expect(doctor.log()).toContain('✗ Slack scopes: missing:');
  expect(doctor.log()).toMatch(/✗ Slack channel #support[^\n]*\n {4}→ .*invite the bot/);
  expect(doctor.log()).toMatch(/✗ discord message content: the intent is off\n {4}→ Turn on/);
  expect(doctor.log()).toContain('✓ MongoDB: MongoDB');
  expect(doctor.log()).toContain('✓ Node.js: 24.');

  const json = spawnThreadrelay(['doctor', '--json'], env, cwd);
  expect(await json.exit).toBe(1);
  expect(JSON.parse(json.log())).toMatchObject({ ok: false, checks: expect.any(Array) });
});
