import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { ThreadrelayError } from '../../src/core/errors.ts';
import { defineWorkflow } from '../../src/core/workflows/workflow.ts';
import { createStores, openDatabase } from '../../src/store/index.ts';
import { createDiscordFake } from '../fakes/discord/index.ts';
import { createSlackFake } from '../fakes/slack/index.ts';
import { type OtlpCollector, startOtlpCollector } from '../fixtures/otlp-collector.ts';
import { promise } from '../fixtures/promise.ts';
import { ECHO, startRelayService } from '../fixtures/relay-service.ts';
import { ask, settled } from '../integration/delivery/conversations.ts';
import { spawnThreadrelay } from '../integration/app/service-process.ts';
import { type Canaries, findCanaries, type Place } from './canary/find-canaries.ts';
import { type GuardedStores, startGuardedStores } from './canary/guarded-stores.ts';
import { httpPlaces } from './canary/http-places.ts';
import { canary, plainCanary } from './canary/make-canaries.ts';
import { mongodbPlaces, redisPlaces } from './canary/store-places.ts';

const PASSWORDS = { mongodb: canary('mongodb'), redis: canary('redis') };
const MODEL_KEY = plainCanary('sk');
const HEADER = plainCanary('otlp');

let stores: GuardedStores;
let collector: OtlpCollector;
let cwd: string;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  [stores, collector] = await Promise.all([startGuardedStores(PASSWORDS), startOtlpCollector()]);
  cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  await writeFile(join(cwd, 'threadrelay.yaml'), ECHO);
});
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});
afterAll(async () => {
  await Promise.all([stores.stop(), collector.close(), rm(cwd, { recursive: true, force: true })]);
});

async function platforms() {
  const slack = await createSlackFake({ limits: false });
  const discord = await createDiscordFake({ token: plainCanary('discord') });
  closing.push(() => Promise.all([slack.close(), discord.close()]));
  return { slack, discord };
}

/** Everything that both stores hold now. */
async function storePlaces(): Promise<Place[]> {
  const redis = new Redis(stores.redis.url);
  const database = await openDatabase({ uri: stores.mongodbUri(PASSWORDS.mongodb) });
  try {
    return [...(await mongodbPlaces(database)), ...(await redisPlaces(redis))];
  } finally {
    redis.disconnect();
    await database.close();
  }
}

promise(
  38,
  'a service that answers while everything around it fails shows no secret anywhere',
  {
    tries: 10,
    timeoutMs: 900_000,
  },
  async ({ count, once }) => {
    for (let round = 0; round < count; round += 1) await once(answersAmongFaults);
  },
);

async function answersAmongFaults(): Promise<void> {
  const { slack, discord } = await platforms();
  const canaries: Canaries = {
    'the Slack bot token': slack.botToken,
    'the Slack app token': slack.appToken,
    'the Discord token': discord.token,
    'the password of MongoDB': PASSWORDS.mongodb,
    'the password of Redis': PASSWORDS.redis,
    'the header of the collector': HEADER,
    'the key of a model': MODEL_KEY,
  };
  const service = spawnThreadrelay(
    ['start'],
    {
      LOG_LEVEL: 'trace',
      MONGODB_URI: stores.mongodbUri(PASSWORDS.mongodb),
      REDIS_URL: stores.redisUrl(PASSWORDS.redis),
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.url,
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${HEADER}`,
      OPENAI_API_KEY: MODEL_KEY,
    },
    cwd,
  );
  closing.push(() => service.end('SIGKILL'));
  const url = await service.ready();
  const database = await openDatabase({ uri: stores.mongodbUri(PASSWORDS.mongodb) });
  closing.push(() => database.close());
  const house = { slack, discord, stores: createStores(database) };
  const askBoth = (text: string) =>
    Promise.all(
      (['slack', 'discord'] as const).map((platform) => settled(house, ask(house, platform, text), 90_000)),
    );

  // Given answers, also on platforms whose errors repeat what they were sent
  await askBoth('Hello?');
  const places: Place[] = await httpPlaces(url);
  const echo = { request: { headers: { authorization: `Bearer ${slack.botToken}` }, token: slack.botToken } };
  const { faults } = slack;
  faults.api({ method: 'chat.postMessage', do: { kind: 'error', error: 'fatal_error', details: echo } });
  faults.api({
    method: 'chat.postMessage',
    nth: 2,
    do: { kind: 'http-status', status: 500, body: `token=${slack.botToken}` },
  });
  faults.api({
    method: 'chat.update',
    do: { kind: 'error', error: `invalid ${slack.botToken}`, details: echo },
  });
  faults.api({ method: 'chat.postMessage', nth: 3, do: { kind: 'reset-after' } });
  const posting = 'POST /channels/:channel/messages';
  const said = { message: `401: Bot ${discord.token}`, request: { authorization: discord.token } };
  discord.fault({ route: posting, effect: { kind: 'status', status: 500, body: said } });
  discord.fault({ route: posting, nth: 2, effect: { kind: 'accept-reset' } });
  discord.fault({
    route: posting,
    nth: 3,
    effect: { kind: 'error', status: 400, code: 50035, message: discord.token },
  });
  for (let count = 0; count < 4; count += 1) await askBoth(`Hello ${count}?`);

  // ... and whose sockets are lost and refused
  const sockets = { error: 'internal_error', details: { token: slack.appToken } };
  faults.api({ method: 'apps.connections.open', do: { kind: 'error', ...sockets }, times: 2 });
  slack.cutSockets();
  discord.gateway.drop({ resumable: false });
  await service.said('slack socket open again');
  await discord.until(() => discord.gateway.counts().identified === 2, 20_000, 'a new session');
  await askBoth('Still there?');

  // ... with stores that go away, and with a Redis that does not know the password any more
  await stores.redis.kill();
  await service.said('ECONNREFUSED').catch(() => service.said('ENOENT'));
  await stores.redis.restart();
  await service.said('WRONGPASS');
  await stores.addRedisUser();
  await askBoth('Is the queue back?');
  await stores.mongodb.kill();
  await httpPlaces(url).then((more) => places.push(...more));
  await stores.mongodb.restart();
  await askBoth('Is the database back?');

  // ... with a token that is revoked, and a new configuration that cannot be read
  slack.revokeToken();
  await settled(house, ask(house, 'slack', 'Am I still known?'), 60_000);
  const config = join(cwd, 'threadrelay.yaml');
  await writeFile(config, 'assistants: 7\n');
  service.child.kill('SIGHUP');
  await service.said('the new configuration is faulty');
  await writeFile(config, ECHO);
  places.push(...(await httpPlaces(url)), ...(await storePlaces()));
  await service.end('SIGTERM');

  // Then none of the secrets is anywhere
  places.push(
    { where: 'the log', text: service.log() },
    { where: 'what people at the terminal read', text: service.notices() },
    { where: 'the traces', text: collector.requests.map(({ body }) => body).join('\n') },
    { where: 'Slack', text: JSON.stringify(slack.history.map(({ args }) => args)) },
    { where: 'Discord', text: JSON.stringify(discord.everyMessage()) },
    ...(await storePlaces()),
  );
  expect(findCanaries(canaries, places)).toEqual([]);
  // And the search would have found one: the collector was sent its header.
  const sent = {
    where: 'the headers',
    text: JSON.stringify(collector.requests.map(({ headers }) => headers)),
  };
  expect(findCanaries(canaries, [sent])).not.toEqual([]);
  expect(places.map(({ where }) => where).join()).toContain('the collection deliveries');
}

promise(
  38,
  'a workflow that throws secrets tells them nobody',
  { tries: 40, timeoutMs: 300_000 },
  async ({ count, once }) => {
    const secret = plainCanary('sk');
    const thrown: (() => unknown)[] = [
      () => new Error(`401 with Bearer ${secret}`),
      () => Object.assign(new Error('refused'), { request: { headers: { authorization: secret } }, secret }),
      () => new Error('outer', { cause: new Error(`inner ${secret}`) }),
      () =>
        new ThreadrelayError('model_failed', 'The model failed.', {
          cause: new Error(secret),
          details: { secret },
        }),
      () => `just the text ${secret}`,
      () => ({ headers: { 'x-api-key': secret } }),
    ];
    let turn = 0;
    const leaking = defineWorkflow({
      name: 'assistant',
      description: 'Says a word, then throws.',
      async *run() {
        yield { type: 'text', delta: 'One moment.' };
        turn += 1;
        throw thrown[turn % thrown.length]?.();
      },
    });
    const redis = { url: stores.redis.url, prefix: `workflow-${randomUUID()}` };
    const house = await startRelayService({
      config: ECHO,
      discord: false,
      slack: { limits: false },
      workflows: [leaking],
      mongodbUri: stores.mongodbUri(PASSWORDS.mongodb),
      redis,
      logLevel: 'trace',
      environment: { OPENAI_API_KEY: secret },
    });
    closing.push(() => house.close());
    await Promise.all(
      Array.from({ length: count }, () =>
        once(async () => {
          const { run } = await settled(house, ask(house, 'slack', 'What is wrong?'), 60_000);
          expect(run.status).toBe('failed');
        }),
      ),
    );
    const places = [
      { where: 'the log', text: JSON.stringify(house.log) },
      { where: 'Slack', text: JSON.stringify(house.slack.history.map(({ args }) => args)) },
      ...(await storePlaces()),
    ];
    expect(findCanaries({ 'what was thrown': secret, ...PASSWORDS }, places)).toEqual([]);
  },
);
