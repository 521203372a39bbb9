import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../src/core/errors.ts';
import { TIMINGS } from '../../../src/core/timings.ts';
import { defineWorkflow } from '../../../src/core/workflows/workflow.ts';
import { openQueues, type Queues } from '../../../src/queue/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { promise } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';

let service: RelayService | null = null;
let engine: RunEngine | null = null;
let queues: Queues | null = null;
afterEach(async () => {
  await queues?.close();
  await service?.close();
  await engine?.close();
  queues = service = engine = null;
});

/** Six seconds: the latest stop, and the heartbeat that finds it when its broadcast is lost, come well before the end. */
const SLOW = `
projects: { default: {} }
assistants:
  slow:
    model: { provider: scripted, tokens: 200, delay_ms: 30 }
discord: { forums: [{ name: help, answer: every_message }] }
`;

/** Streams at once: each edits a message of its own, and all share the bot's 50 requests a second. */
const BATCH = 20;

promise(18, '', { tries: 100, timeoutMs: 240_000 }, async ({ count, once }) => {
  // Given answers that grow in forum posts, with the intervals of production
  service = await startRelayService({ config: SLOW, slack: false, timings: TIMINGS });
  const { discord, stores, environment } = service;
  const forum = discord.addForum({ name: 'help' });
  const user = discord.addUser({ name: 'Bea' });
  const open = await openQueues({
    url: environment['REDIS_URL'] ?? '',
    prefix: environment['REDIS_PREFIX'] ?? '',
    timings: TIMINGS,
    newId: randomUUID,
    onError: () => {},
  });
  queues = open;

  async function cancelOne(index: number, took: (ms: number) => void): Promise<void> {
    const post = discord.createForumPost({ forum: forum.id, user, title: `Post ${index}`, text: 'go on' });
    const origin = {
      platform: 'discord',
      tenant: discord.guildId,
      channel: forum.id,
      thread: post.threadId,
    } as const;
    const thread = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
    const run = await eventually(
      async () => (await stores.runs.listByThread(thread.id, 1))[0] ?? null,
      'the run is stored',
    );
    const ref = { threadId: thread.id, runId: run.id };
    await delay(Math.random() * 3_500);
    // When it is cancelled; of every third the broadcast is lost
    const asked = Date.now();
    const wish = await stores.runs.requestCancel(ref, 'interrupt', new Date());
    if (wish === 'requested' && index % 3 > 0) await open.cancels.publish({ ...ref, action: 'interrupt' });
    // Then it settles in time
    const ended = await runEnds(stores, ref);
    expect(ended.status).toBe('cancelled');
    const settledAfterMs = (ended.endedAt?.getTime() ?? 0) - asked;
    took(settledAfterMs);
    expect(settledAfterMs).toBeLessThan(SETTLED_WITHIN_MS);
    const delivery = await eventually(async () => {
      const found = await stores.deliveries.find(ref);
      return found?.status === 'done' ? found : null;
    }, 'the delivery is done');
    // And what a person reads is what was said until then, and that it was stopped
    const [answer, ...others] = discord.botMessages(post.threadId);
    expect(others).toEqual([]);
    const said = (await stores.messages.tail(thread.id, 2)).find(({ role }) => role === 'ai');
    if (said === undefined) return expect(answer).toBeUndefined();
    expect(answer?.content).toBe(`${said.text}\n\n_(stopped)_`);
    const late = discord.revisions(answer?.id ?? '').filter(({ at }) => at > asked + SETTLED_WITHIN_MS);
    expect(late.filter(({ content }) => content !== answer?.content)).toEqual([]);
    expect(delivery.parts).toHaveLength(1);
  }

  for (let done = 0; done < count; done += BATCH) {
    const together = Math.min(BATCH, count - done);
    await Promise.all(
      Array.from({ length: together }, (_, index) => once((took) => cancelOne(done + index, took))),
    );
  }
  expect(discord.violations).toEqual([]);
});

/** What the promise allows from the wish to the last change of what a person reads. */
const SETTLED_WITHIN_MS = 2_000;

test('a stop that comes as an attempt fails does not wait for the next attempt', async () => {
  // Given an attempt that fails at the moment its run is to stop, and may only be repeated in a minute
  const failing = defineWorkflow({
    name: 'assistant',
    description: 'Is asked to stop, and fails.',
    // oxlint-disable-next-line require-yield
    async *run({ run }) {
      await engine?.stores.runs.requestCancel(
        { threadId: run.threadId, runId: run.id },
        'interrupt',
        new Date(),
      );
      throw new ThreadrelayError('model_failed', 'Busy.', { retryable: true, retryAfterMs: 60_000 });
    },
  });
  const { ingest, stores, addWorker } = (engine = await startRunEngine({
    workflows: [failing],
    // No heartbeat tells of the wish in time.
    timings: { ...TIMINGS, heartbeatMs: 20_000, heartbeatStaleMs: 60_000 },
  }));
  addWorker();
  const run = startedRun(await ingest.message(incoming()));
  expect(await runEnds(stores, run, 2_000)).toMatchObject({ status: 'cancelled', attempt: 1 });
});
