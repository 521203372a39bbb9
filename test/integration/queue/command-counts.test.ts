import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { TIMINGS, type Timings } from '../../../src/core/timings.ts';
import type { Stores } from '../../../src/store/index.ts';
import { defineWorkflow } from '../../../src/core/workflows/workflow.ts';
import { type PrivateStore, startPrivateMongodb, startPrivateRedis } from '../../fixtures/private-stores.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { withDatabase } from '../../fixtures/stores.ts';
import { countStoreCommands, type CommandCounts, sum } from '../../fixtures/store-commands.ts';

vi.setConfig({ testTimeout: 60_000 });

const SLACK_FIFTY = `
projects: { default: {} }
assistants:
  fifty:
    model: { provider: scripted, tokens: 50, delay_ms: 0 }
slack: { answer: every_message }
`;

/** The clocks of the house stand still, so that only the run itself is counted. */
const STILL: Timings = {
  ...TIMINGS,
  sweepMs: 600_000,
  expiryMs: 600_000,
  stalledCheckMs: 600_000,
  heartbeatMs: 30_000,
  heartbeatStaleMs: 120_000,
  deliveryLeaseMs: 120_000,
  jobLockMs: 120_000,
  silenceCheckMs: 60_000,
};

/** The middle one counts: timers of drivers and stores may fall into one of them. */
const MEASUREMENTS = 5;

let mongodb: PrivateStore;
let redis: PrivateStore;
let engine: RunEngine | null = null;
let service: RelayService | null = null;
beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startPrivateMongodb(), startPrivateRedis()]);
});
afterEach(async () => {
  await engine?.close();
  await service?.close();
  engine = service = null;
});
afterAll(async () => {
  await Promise.all([mongodb.stop(), redis.stop()]);
});

/** Reads a row of the table in docs/performance.md: `| name | MongoDB | Redis |`. */
async function recorded(row: string): Promise<{ mongodb: number; redis: number }> {
  const page = await readFile(new URL('../../../docs/performance.md', import.meta.url), 'utf8');
  const cells = page
    .split('\n')
    .find((line) => line.startsWith(`| ${row} |`))
    ?.split('|')
    .map((cell) => cell.trim());
  if (cells === undefined) throw new Error(`docs/performance.md has no row "${row}"`);
  return { mongodb: Number(cells[2]), redis: Number(cells[3]) };
}

async function measure(
  counter: Awaited<ReturnType<typeof countStoreCommands>>,
  /** Answers a check to be made when all has been counted. */
  work: () => Promise<() => Promise<void>>,
): Promise<{ mongodb: CommandCounts; redis: CommandCounts }> {
  // Scripts are loaded and connections opened by the first.
  const all: { mongodb: CommandCounts; redis: CommandCounts }[] = [];
  for (let index = 0; index <= MEASUREMENTS; index += 1) {
    let check = async () => {};
    const counts = await counter.during(async () => {
      check = await work();
    });
    await check();
    if (index > 0) all.push(counts);
  }
  const middle = (store: 'mongodb' | 'redis') =>
    all.map((each) => each[store]).sort((a, b) => sum(a) - sum(b))[Math.floor(MEASUREMENTS / 2)] ?? new Map();
  return { mongodb: middle('mongodb'), redis: middle('redis') };
}

function compare(
  measured: { mongodb: CommandCounts; redis: CommandCounts },
  page: { mongodb: number; redis: number },
) {
  const says = JSON.stringify({ mongodb: [...measured.mongodb], redis: [...measured.redis] });
  expect(sum(measured.mongodb), `MongoDB: ${says}`).toBe(page.mongodb);
  // Whether the last tokens share a batch with the ones before is a matter of milliseconds.
  expect(sum(measured.redis), `Redis: ${says}`).toBeLessThanOrEqual(page.redis);
  expect(sum(measured.redis), `Redis: ${says}`).toBeGreaterThanOrEqual(page.redis - 4);
}

test('one run of 50 tokens without a platform costs the commands that docs/performance.md states', async () => {
  // Given a worker that has the queue to itself
  let said = Promise.withResolvers<void>();
  const fiftyTokens = defineWorkflow({
    name: 'assistant',
    description: 'Says 50 tokens at once.',
    async *run() {
      for (let token = 1; token <= 50; token += 1) yield { type: 'text', delta: `token${token} ` };
      said.resolve();
    },
  });
  const { stores, queues, addWorker } = (engine = await startRunEngine({
    workflows: [fiftyTokens],
    timings: STILL,
    mongodbUri: withDatabase(mongodb.url, 'counted'),
    redis: { url: redis.url, prefix: 'counted' },
  }));
  addWorker();
  const counter = await countStoreCommands(engine.database, redis.url);
  // When a program's message is taken in, and its run executed
  const measured = await measure(counter, async () => {
    said = Promise.withResolvers<void>();
    const threadId = randomUUID();
    await admitMessage(stores, threadId);
    await queues.doorbells.ringThread(threadId);
    await said.promise;
    return async () => {
      const [run] = await stores.runs.listByThread(threadId, 1);
      expect(run?.status).toBe('succeeded');
    };
  });
  counter.close();
  // Then it cost what the page says
  compare(measured, await recorded('one run without a platform'));
});

test('one run of 50 tokens relayed to Slack costs the commands that docs/performance.md states', async () => {
  let done = Promise.withResolvers<void>();
  const relayed = (service = await startRelayService({
    config: SLACK_FIFTY,
    discord: false,
    timings: STILL,
    mongodbUri: withDatabase(mongodb.url, 'relayed'),
    redis: { url: redis.url, prefix: 'relayed' },
    crash: (point) => {
      if (point === 'delivery.done') done.resolve();
    },
  }));
  const { slack } = relayed;
  const user = slack.addUser({ name: 'Ada' });
  const counter = await countStoreCommands(relayed.database, redis.url);
  const measured = await measure(counter, async () => {
    done = Promise.withResolvers<void>();
    const channel = slack.addChannel({ name: `support-${randomUUID().slice(0, 8)}` });
    const { ts } = slack.say({ channel: channel.id, user: user.id, text: 'hello' });
    await done.promise;
    return async () => expect(slack.thread(channel.id, ts)[1]?.visible).toMatch(/^token1 .* token50$/);
  });
  counter.close();
  compare(measured, await recorded('one run relayed to Slack'));
});

async function admitMessage(stores: Stores, threadId: string): Promise<void> {
  const now = new Date();
  const result = await stores.inbox.admit({
    thread: {
      id: threadId,
      projectId: 'default',
      assistantId: 'support',
      name: null,
      metadata: {},
      origin: null,
    },
    messages: [{ id: randomUUID(), role: 'human', text: 'hello', createdAt: now }],
    plan: () => ({
      kind: 'run',
      strategy: 'enqueue',
      deliver: null,
      run: {
        id: randomUUID(),
        idempotencyKey: randomUUID(),
        assistantId: 'support',
        priority: 0,
        createdAt: now,
        availableAt: now,
        metadata: {},
      },
    }),
  });
  expect(result.kind).toBe('admitted');
}
