import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createStores, openDatabase } from '../../../src/store/index.ts';
import { createSlackFake, type SlackFake } from '../../fakes/slack/index.ts';
import { endlessPdf } from '../../fixtures/endless-pdf.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { pdf } from '../../fixtures/office-files.ts';
import { testDatabase, testRedis } from '../../fixtures/stores.ts';
import { spawnThreadrelay } from '../app/service-process.ts';

const CONFIG = `
assistants:
  echo: { model: { provider: scripted, delay_ms: 0, reply: "You said: {{text}}" } }
slack: { answer: every_message }
`;

const cleanups: (() => Promise<unknown>)[] = [];
let slack: SlackFake;
let cwd: string;
let env: Record<string, string>;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  await writeFile(join(cwd, 'threadrelay.yaml'), CONFIG);
  slack = await createSlackFake();
  cleanups.push(
    () => rm(cwd, { recursive: true, force: true }),
    () => slack.close(),
  );
  env = {
    MONGODB_URI: testDatabase(),
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: testRedis().prefix,
    SLACK_API_URL: slack.url,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
  };
});
afterEach(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

const file = (name: string, bytes: Uint8Array) => ({
  name,
  mimetype: 'application/pdf',
  content: Buffer.from(bytes),
});

test('the service as it is started reads a PDF, and answers others while one without an end is read', {
  timeout: 90_000,
}, async () => {
  const service = spawnThreadrelay(['start'], env, cwd);
  cleanups.push(() => service.end('SIGKILL'));
  await service.ready();
  const channel = slack.addChannel({ name: 'support' }).id;
  const [ada, bob] = [slack.addUser().id, slack.addUser().id];
  const answerTo = ({ ts }: { ts: string }) => slack.thread(channel, ts)[1]?.text ?? '';

  const trapped = slack.say({
    channel,
    user: ada,
    text: 'look',
    files: [file('trap.pdf', endlessPdf())],
  });
  const asked = slack.say({
    channel,
    user: bob,
    text: 'and this',
    files: [file('plan.pdf', pdf(['Beans.']))],
  });

  await slack.until('the other one is answered', () => answerTo(asked) === 'You said: and this', 30_000);
  expect(answerTo(trapped)).not.toContain('You said');
  const database = await openDatabase({ uri: env['MONGODB_URI'] ?? '' });
  cleanups.push(() => database.close());
  const { threads, files } = createStores(database);
  const origin = { platform: 'slack', tenant: slack.teamId, channel, thread: asked.ts } as const;
  const thread = await eventually(() => threads.findByOrigin(origin), 'the thread is stored');
  const [plan] = await files.list(thread.id);
  expect(plan).toMatchObject({ status: 'text', problem: null, summary: 'Beans.' });
  await slack.until(
    'people are told',
    () => answerTo(trapped).includes('"trap.pdf" takes too long to read.'),
    40_000,
  );
});
