import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createDiscordFake } from '../../fakes/discord/index.ts';
import { createSlackFake } from '../../fakes/slack/index.ts';
import { promise } from '../../fixtures/promise.ts';
import { spawnThreadrelay } from '../../integration/app/service-process.ts';
import { type Canaries, findCanaries, type Place } from './find-canaries.ts';
import { type GuardedStores, startGuardedStores } from './guarded-stores.ts';
import { httpPlaces } from './http-places.ts';
import { canary, plainCanary } from './make-canaries.ts';

const PASSWORDS = { mongodb: canary('mongodb'), redis: canary('redis') };
const MODEL_KEY = plainCanary('sk');

let stores: GuardedStores;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  stores = await startGuardedStores(PASSWORDS);
});
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});
afterAll(() => stores.stop());

const BROKEN = {
  MONGODB_URI: canary('address'),
  REDIS_URL: plainCanary('server'),
  SLACK_BOT_TOKEN: plainCanary('no-prefix'),
  DISCORD_TOKEN: `${plainCanary('with')} space`,
  HEADERS: plainCanary('header'),
};
const WRONG = {
  SLACK_BOT_TOKEN: plainCanary('xoxb'),
  SLACK_APP_TOKEN: plainCanary('xapp'),
  SLACK_SIGNING_SECRET: plainCanary('signing'),
  DISCORD_TOKEN: plainCanary('discord'),
  MONGODB_URI: canary('wrong'),
  REDIS_URL: canary('other'),
};

/** Throws all that the environment holds, when it is told to by SIGUSR2. */
const crashing = (how: string) =>
  `--import=data:text/javascript,${encodeURIComponent(
    `process.on('SIGUSR2', () => { const error = new Error(JSON.stringify(process.env)); ${how}; });`,
  )}`;

type Attempt = {
  what: string;
  command: string[];
  env: Record<string, string>;
  canaries: Canaries;
  /** It starts; then it is told to crash, or is asked over HTTP. */
  next?: 'crash' | 'ask';
};

function attempts(slackUrl: string, slackToken: string, discordUrl: string): Attempt[] {
  const apis = { SLACK_API_URL: slackUrl, DISCORD_API_URL: discordUrl };
  const right = {
    MONGODB_URI: stores.mongodbUri(PASSWORDS.mongodb),
    REDIS_URL: stores.redisUrl(PASSWORDS.redis),
  };
  const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, DISCORD_TOKEN } = WRONG;
  const wrongSlack = { SLACK_BOT_TOKEN, SLACK_APP_TOKEN };
  const wrongMongodb = stores.mongodbUri(WRONG.MONGODB_URI);
  const wrongRedis = stores.redisUrl(WRONG.REDIS_URL);
  const broken = {
    MONGODB_URI: `mysql://me:${encodeURIComponent(BROKEN.MONGODB_URI)}@127.0.0.1`,
    REDIS_URL: `http://me:${BROKEN.REDIS_URL}@127.0.0.1`,
    SLACK_BOT_TOKEN: BROKEN.SLACK_BOT_TOKEN,
    DISCORD_TOKEN: BROKEN.DISCORD_TOKEN,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
    OTEL_EXPORTER_OTLP_HEADERS: BROKEN.HEADERS,
  };
  /** An escape that cannot be read: drivers repeat what they were given. */
  const garbled = `mongodb://me:${BROKEN.REDIS_URL}%zz@127.0.0.1:1/db`;
  const start = { command: ['start'] };
  const all = { ...apis, ...wrongSlack, DISCORD_TOKEN, MONGODB_URI: wrongMongodb, REDIS_URL: wrongRedis };
  return [
    { what: 'faulty variables', ...start, env: broken, canaries: BROKEN },
    { what: 'faulty variables, doctor', command: ['doctor'], env: broken, canaries: BROKEN },
    { what: 'a garbled address', ...start, env: { ...right, MONGODB_URI: garbled }, canaries: BROKEN },
    {
      what: 'a garbled address, doctor',
      command: ['doctor'],
      env: { ...right, MONGODB_URI: garbled },
      canaries: BROKEN,
    },
    { what: 'wrong Slack tokens', ...start, env: { ...right, ...apis, ...wrongSlack }, canaries: WRONG },
    { what: 'a wrong Discord token', ...start, env: { ...right, ...apis, DISCORD_TOKEN }, canaries: WRONG },
    {
      what: 'a wrong password of MongoDB',
      ...start,
      env: { ...right, MONGODB_URI: wrongMongodb },
      canaries: WRONG,
    },
    {
      what: 'a wrong password of Redis',
      ...start,
      env: { ...right, REDIS_URL: wrongRedis },
      canaries: WRONG,
    },
    { what: 'all wrong, doctor', command: ['doctor'], env: all, canaries: WRONG },
    { what: 'all wrong, doctor as JSON', command: ['doctor', '--json'], env: all, canaries: WRONG },
    {
      what: 'an error that nobody caught',
      ...start,
      env: { ...right, NODE_OPTIONS: crashing('throw error'), OPENAI_API_KEY: MODEL_KEY },
      canaries: { ...PASSWORDS, MODEL_KEY },
      next: 'crash',
    },
    {
      what: 'a rejection that nobody caught',
      ...start,
      env: { ...right, NODE_OPTIONS: crashing('Promise.reject(error)'), OPENAI_API_KEY: MODEL_KEY },
      canaries: { ...PASSWORDS, MODEL_KEY },
      next: 'crash',
    },
    {
      what: 'forged requests of Slack',
      ...start,
      env: { ...right, ...apis, SLACK_BOT_TOKEN: slackToken, SLACK_SIGNING_SECRET },
      canaries: { ...PASSWORDS, SLACK_SIGNING_SECRET, slackToken },
      next: 'ask',
    },
  ];
}

promise(
  38,
  'starts that fail, crashes and the doctor tell no secret',
  {
    tries: 130,
    timeoutMs: 900_000,
  },
  async ({ count, once }) => {
    const slack = await createSlackFake();
    const discord = await createDiscordFake();
    closing.push(() => Promise.all([slack.close(), discord.close()]));
    // The token of the workspace, so that HTTP mode starts.
    const all = attempts(slack.url, slack.botToken, discord.apiUrl);
    for (let made = 0; made < count; made += all.length) {
      // Two at a time: each is a process that starts.
      for (let index = 0; index < all.length; index += 2) {
        await Promise.all(all.slice(index, index + 2).map((attempt) => once(() => tellsNothing(attempt))));
      }
    }
  },
);

async function tellsNothing({ what, command, env, canaries, next }: Attempt): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const spawned = spawnThreadrelay(command, { LOG_LEVEL: 'trace', ...env }, folder);
  closing.push(() => spawned.end('SIGKILL'));
  const places: Place[] = [];
  if (next !== undefined) {
    const url = await spawned.ready();
    if (next === 'ask') places.push(...(await httpPlaces(url)));
    spawned.child.kill(next === 'crash' ? 'SIGUSR2' : 'SIGTERM');
  }
  const code = await spawned.exit;
  const output = `${spawned.notices()}${spawned.log()}`;
  if (next !== 'ask') expect(code, `${what}: ${output}`).toBe(1);
  // It did say something of what went wrong.
  expect(output, what).not.toBe('');
  places.push({ where: `${what}: output`, text: output });
  expect(findCanaries(canaries, places)).toEqual([]);
}
