import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../../src/app/config/configuration-error.ts';
import { type RawEnvironment, readEnvironment } from '../../../../src/app/config/environment.ts';

function faultsOf(env: RawEnvironment): readonly string[] {
  try {
    readEnvironment(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ path, message }) => `${path} ${message}`);
  }
}

test('an empty environment gives the defaults, with both platforms off', () => {
  expect(readEnvironment({ HOME: '/home/ada' })).toEqual({
    mongodbUri: undefined,
    redisUrl: undefined,
    host: '127.0.0.1',
    port: 8080,
    api: { corsOrigins: [], requestsPerSecond: 2_000 },
    logLevel: 'info',
    slack: undefined,
    discord: undefined,
    configFile: { path: 'threadrelay.yaml', isNamed: false },
    dataDirectory: '.threadrelay',
    cacheDirectory: '/home/ada/.cache/threadrelay',
    secrets: [],
    mongodPath: undefined,
    redisServerPath: undefined,
  });
});

test('an empty or blank variable counts as unset', () => {
  expect(readEnvironment({ PORT: '', SLACK_BOT_TOKEN: ' ', LOG_LEVEL: '' })).toMatchObject({ port: 8080 });
});

test('Slack takes Socket Mode before HTTP when both are set', () => {
  const both = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', SLACK_SIGNING_SECRET: 'abc' };
  expect(readEnvironment(both).slack?.connection.mode).toBe('socket');
  expect(readEnvironment({ ...both, SLACK_APP_TOKEN: '' }).slack?.connection.mode).toBe('http');
});

test("addresses of platforms are in the form that the platforms' clients want", () => {
  const environment = readEnvironment({
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_APP_TOKEN: 'xapp-1',
    SLACK_API_URL: 'http://127.0.0.1:3000/api',
    DISCORD_TOKEN: 'abc',
    DISCORD_API_URL: 'http://127.0.0.1:3001/api/v10/',
  });
  expect(environment.slack?.apiUrl).toBe('http://127.0.0.1:3000/api/');
  expect(environment.discord?.apiUrl).toBe('http://127.0.0.1:3001/api');
});

test('a Discord gateway takes everything, or the shard that it is told', () => {
  expect(readEnvironment({ DISCORD_TOKEN: 'abc' }).discord?.shard).toEqual({ index: 0, count: 1 });
  const third = readEnvironment({ DISCORD_TOKEN: 'abc', DISCORD_SHARD: '2/4' });
  expect(third.discord?.shard).toEqual({ index: 2, count: 4 });
});

test.each(['4/4', '-1/4', '1', '0/0', '1/4/5', 'one/two', '1.5/4', '1/ 4'])(
  'the shard %j is refused, with what it should look like',
  (DISCORD_SHARD) => {
    expect(faultsOf({ DISCORD_TOKEN: 'abc', DISCORD_SHARD })).toEqual([
      expect.stringMatching(/^DISCORD_SHARD must be SHARD\/SHARDS, as "0\/4"/),
    ]);
  },
);

test('pages of the named origins may call the API, and a key may have another limit', () => {
  const { api } = readEnvironment({
    API_CORS_ORIGINS: 'https://a.example, http://localhost:3000',
  });
  expect(api).toEqual({
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
    requestsPerSecond: 2_000,
  });
  expect(readEnvironment({ API_CORS_ORIGINS: '*', API_RATE_LIMIT: '90' }).api).toEqual({
    corsOrigins: ['*'],
    requestsPerSecond: 90,
  });
});

test.each([
  'a.example',
  'https://a.example/',
  'https://a.example/path',
  'https://a.example,',
  'null',
  '*, *',
])('the origin %j is refused, with what it should look like', (API_CORS_ORIGINS) => {
  expect(faultsOf({ API_CORS_ORIGINS })).toEqual([
    expect.stringMatching(/^API_CORS_ORIGINS must be origins like https:\/\/app/),
  ]);
});

test.each(['-1', '1.5', 'many', '0', '1000000'])('the rate limit %j is refused', (API_RATE_LIMIT) => {
  expect(faultsOf({ API_RATE_LIMIT })).toEqual([expect.stringMatching(/^API_RATE_LIMIT must be a whole/)]);
});

test('several MongoDB hosts are one address', () => {
  const uri = 'mongodb://ada:pass@a:1,b:2,c:3/threadrelay?replicaSet=rs0';
  expect(readEnvironment({ MONGODB_URI: uri }).mongodbUri?.reveal()).toBe(uri);
});

test.each(['redis+cluster://a:7000,b:7001', 'rediss+cluster://ada:pass@a', 'redis+cluster://[::1]:7000'])(
  'a Redis Cluster is one address: %s',
  (url) => {
    expect(readEnvironment({ REDIS_URL: url }).redisUrl?.reveal()).toBe(url);
  },
);

test.each(['redis+cluster://', 'redis+cluster://a:x', 'redis+cluster://a:7000,', 'http://a'])(
  'the Redis address %j is refused',
  (REDIS_URL) => {
    expect(faultsOf({ REDIS_URL })).toEqual([expect.stringContaining('redis+cluster://host:port,host:port')]);
  },
);

test('every fault is told at once', () => {
  const faults = faultsOf({
    MONGODB_URI: 'localhost:27017',
    REDIS_URL: 'http://127.0.0.1',
    PORT: '70000',
    LOG_LEVEL: 'loud',
    SLACK_BOT_TOKEN: 'xoxp-1',
    DISCORD_TOKEN: 'Bot abc',
  });
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
    'MONGODB_URI',
    'REDIS_URL',
    'PORT',
    'LOG_LEVEL',
    'SLACK_BOT_TOKEN',
    'DISCORD_TOKEN',
    'SLACK_BOT_TOKEN',
  ]);
});

describe('variables that need one another', () => {
  test.each<[string, RawEnvironment, RegExp]>([
    ['a bot token alone', { SLACK_BOT_TOKEN: 'xoxb-1' }, /SLACK_APP_TOKEN \(Socket Mode\) or/],
    ['an app token alone', { SLACK_APP_TOKEN: 'xapp-1' }, /without SLACK_BOT_TOKEN/],
    ['a signing secret alone', { SLACK_SIGNING_SECRET: 'abc' }, /without SLACK_BOT_TOKEN/],
    ['a Discord shard alone', { DISCORD_SHARD: '0/4' }, /without DISCORD_TOKEN/],
  ])('%s', (_, env, expected) => {
    expect(faultsOf(env)).toEqual([expect.stringMatching(expected)]);
  });
});

test('no fault and no printing of the environment shows a secret', () => {
  const canary = 'canary4711';
  const wrong = [
    { SLACK_BOT_TOKEN: canary },
    { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: `${canary} x` },
    { DISCORD_TOKEN: `${canary} x` },
    { MONGODB_URI: `mongo://ada:${canary}@db` },
    { REDIS_URL: `http://:${canary}@db` },
  ];
  for (const env of wrong) {
    const faults = faultsOf(env);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.join()).not.toContain(canary);
  }
  const environment = readEnvironment({
    SLACK_BOT_TOKEN: `xoxb-${canary}`,
    SLACK_APP_TOKEN: `xapp-${canary}`,
    DISCORD_TOKEN: canary,
    MONGODB_URI: `mongodb://ada:${canary}@db/x`,
  });
  const printed = [JSON.stringify(environment), inspect(environment, { depth: 9, showHidden: true })];
  expect(`${printed.join()}${String(environment.mongodbUri)}`).not.toContain(canary);
});
