import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const DEMO = fileURLToPath(new URL('../../demo/demo.ts', import.meta.url));

const Store = z.strictObject({
  version: z.string().regex(/^\d+\.\d+/),
  source: z.enum(['env', 'path', 'cache', 'download', 'wheel']),
});
const Conversation = z.strictObject({
  platform: z.enum(['slack', 'discord']),
  thread_id: z.uuid(),
  origin: z.strictObject({
    platform: z.string(),
    tenant: z.string(),
    channel: z.string(),
    thread: z.string(),
  }),
  route: z.strictObject({ rule: z.string().min(1), why: z.string().min(1) }),
  workflow: z.string().min(1),
  messages: z.int(),
  edits: z.int(),
  last_token_to_final_ms: z.number().min(0),
  final_equals_stored: z.boolean(),
});
const Report = z.strictObject({
  ok: z.boolean(),
  seconds: z.number().positive(),
  stores: z.strictObject({ mongodb: Store, redis: Store }),
  conversations: z.array(Conversation),
  api: z.strictObject({
    threads: z.int(),
    state_messages: z.int(),
    history: z.int(),
    stream: z.strictObject({ events: z.int(), final_equals_stored: z.boolean() }),
  }),
});

/** Tokens and addresses that would lead to a real workspace; the demo must not take them. */
const REAL_LOOKING = {
  SLACK_BOT_TOKEN: 'xoxb-real',
  SLACK_APP_TOKEN: 'xapp-real',
  SLACK_API_URL: 'http://127.0.0.1:9/',
  DISCORD_TOKEN: 'real',
  DISCORD_API_URL: 'http://127.0.0.1:9/',
};

test('the demo with --json prints one object: both answers grew, and read on their platform as they are stored', {
  timeout: 60_000,
}, async () => {
  const { stdout } = await run(process.execPath, [DEMO, '--json'], {
    env: { ...process.env, ...REAL_LOOKING, MONGODB_URI: '', REDIS_URL: '' },
  });
  const report = Report.parse(JSON.parse(stdout));
  expect(stdout.trimEnd()).not.toContain('\n');
  expect(report.ok).toBe(true);
  expect(report.conversations).toMatchObject([
    {
      platform: 'slack',
      origin: { platform: 'slack' },
      route: { rule: 'ticket' },
      workflow: 'assistant',
      messages: 4,
      final_equals_stored: true,
    },
    {
      platform: 'discord',
      origin: { platform: 'discord' },
      route: { rule: 'billing-forum' },
      workflow: 'assistant',
      messages: 2,
      final_equals_stored: true,
    },
  ]);
  for (const { edits } of report.conversations) expect(edits).toBeGreaterThan(1);
  expect(report.api).toMatchObject({ threads: 2, state_messages: 4, stream: { final_equals_stored: true } });
  expect(report.api.history).toBeGreaterThanOrEqual(4);
  expect(report.api.stream.events).toBeGreaterThan(10);
});

test('the demo shows both answers growing, then what was persisted, in stores that were given', {
  timeout: 60_000,
}, async () => {
  const { stdout } = await run(process.execPath, [DEMO], {
    env: { ...process.env, MONGODB_URI: inject('mongodbUri'), REDIS_URL: inject('redisUrl') },
  });
  expect(stdout).toContain('from MONGODB_URI');
  expect(stdout).toMatch(/The repository's docs as knowledge: \d+ added/);
  for (const platform of ['Slack', 'Discord']) {
    expect(stdout).toMatch(new RegExp(`^${platform} +\\d+\\.\\d+ s +edit 2 `, 'm'));
  }
  expect(stdout).toContain('Read back from the database and the platforms:');
  expect(stdout).toMatch(/route ticket, because /);
  expect(stdout).toMatch(/route billing-forum, because /);
  for (const request of [
    'GET /threads/\n',
    /GET \/threads\/\S+\/state\n/,
    /GET \/threads\/\S+\/history\n/,
    'POST /runs/stream',
  ]) {
    expect(stdout).toMatch(request);
  }
  const events = Array.from(
    stdout.matchAll(/ s {2}\S+ +(metadata|values|messages|end) +/g),
    ([, event]) => event,
  );
  expect(events.slice(0, 3)).toEqual(['metadata', 'values', 'messages']);
  expect(events.slice(-2)).toEqual(['values', 'end']);
  expect(stdout).toContain('All as promised');
});

test('a demo whose stores cannot be reached says so, exits 1 and still prints its one object', async () => {
  const failure = await run(process.execPath, [DEMO, '--json'], {
    env: {
      ...process.env,
      MONGODB_URI: 'mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=300',
      REDIS_URL: '',
    },
  }).then(
    () => null,
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  expect(failure?.code).toBe(1);
  expect(JSON.parse(failure?.stdout ?? '')).toMatchObject({
    ok: false,
    stores: { mongodb: null, redis: null },
    conversations: [],
    api: null,
  });
  expect(failure?.stderr).toContain('MONGODB_URI');
});
