import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, vi } from 'vitest';
import { TIMINGS } from '../../../src/core/timings.ts';
import { defineWorkflow } from '../../../src/core/workflows/workflow.ts';
import { promise } from '../../fixtures/promise.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';

let engine: RunEngine | null = null;
afterEach(async () => {
  await engine?.close();
  engine = null;
});

const MESSAGES = 20;

const BURSTS =
  '20 messages in 1 s on each of 100 threads with 4 workers: at most one active run a thread, answers in order';
promise(14, BURSTS, { tries: 100, timeoutMs: 300_000 }, async ({ count, passed }) => {
  // Given the intervals of production, so that a busy machine makes no live worker look dead
  // And a workflow that watches how many of a thread's runs are executed at once, on four workers
  const active = new Map<string, number>();
  let mostActive = 0;
  const executed: string[] = [];
  const watching = defineWorkflow({
    name: 'assistant',
    description: 'Notes who else is at work on its thread.',
    async *run({ thread, run, messages }) {
      const now = (active.get(thread.id) ?? 0) + 1;
      active.set(thread.id, now);
      mostActive = Math.max(mostActive, now);
      executed.push(run.id);
      try {
        await delay(2 + Math.random() * 8);
        yield { type: 'text', delta: `answer to ${messages.at(-1)?.text}` };
      } finally {
        active.set(thread.id, now - 1);
      }
    },
  });
  const { ingest, stores, queues, addWorker } = (engine = await startRunEngine({
    workflows: [watching],
    timings: TIMINGS,
  }));
  for (let index = 0; index < 4; index += 1) addWorker();

  // When every thread is sent 20 messages within about a second
  const threads = Array.from({ length: count }, (_, index) => `thread-${index}`);
  const runs = await Promise.all(
    threads.map(async (thread) => {
      const begun = Date.now();
      const started = [];
      for (let index = 0; index < MESSAGES; index += 1) {
        const result = await ingest.message(incoming({ thread, text: `question ${index}` }));
        const run = startedRun(result);
        started.push(run);
        // A second bell, as a back-off or the sweeper rings it, brings another worker to the same thread.
        await queues.doorbells.ringThread(run.threadId, { delayMs: 1 });
        await delay(Math.max(0, begun + (index + 1) * 50 - Date.now()));
      }
      return started;
    }),
  );

  // Then each is answered once, in the order asked, and never two at once
  for (const started of runs) {
    for (const run of started) {
      expect(await runEnds(stores, run, 60_000)).toMatchObject({ status: 'succeeded', attempt: 1, fence: 1 });
    }
    const threadId = started[0]?.threadId ?? '';
    const said = (await stores.messages.tail(threadId, 200)).filter(({ role }) => role === 'ai');
    expect(said.map(({ text }) => text)).toEqual(
      Array.from({ length: MESSAGES }, (_, index) => `answer to question ${index}`),
    );
  }
  expect(executed).toHaveLength(threads.length * MESSAGES);
  expect(mostActive).toBe(1);
  passed(count);
});

promise(16, '', { tries: 100, timeoutMs: 300_000 }, async ({ count, passed }) => {
  // Given a workflow that counts how often it is asked, and four workers
  const executions = new Map<string, number>();
  const counting = defineWorkflow({
    name: 'assistant',
    description: 'Counts its executions.',
    async *run({ run }) {
      executions.set(run.id, (executions.get(run.id) ?? 0) + 1);
      await delay(20);
      yield { type: 'text', delta: 'done' };
    },
  });
  const { ingest, stores, queues, addWorker } = (engine = await startRunEngine({
    workflows: [counting],
    timings: TIMINGS,
  }));
  for (let index = 0; index < 4; index += 1) addWorker();
  const runs = await Promise.all(
    Array.from({ length: count }, async () => startedRun(await ingest.message(incoming()))),
  );
  await Promise.all(
    runs.map(async (run) => {
      const ring = () => queues.doorbells.ringThread(run.threadId);
      // When it is rung while it waits and is executed, also for later
      await Promise.all(Array.from({ length: 5 }, ring));
      await queues.doorbells.ringThread(run.threadId, { delayMs: 10 });
      await runEnds(stores, run, 30_000);
      // And again when its job is gone
      await Promise.all(Array.from({ length: 4 }, ring));
    }),
  );
  const queue = `${queues.keys.queuePrefix}:threads`;
  const { commands } = queues.connections;
  await vi.waitFor(async () => {
    const waiting = await Promise.all([
      commands.llen(`${queue}:active`),
      commands.zcard(`${queue}:prioritized`),
      commands.zcard(`${queue}:delayed`),
    ]);
    expect(waiting).toEqual([0, 0, 0]);
  }, 10_000);
  // Then it was executed once, and said one thing
  for (const run of runs) {
    expect(await stores.runs.find(run)).toMatchObject({ status: 'succeeded', attempt: 1, fence: 1 });
    expect(executions.get(run.runId)).toBe(1);
    const messages = await stores.messages.tail(run.threadId, 10);
    expect(messages.filter(({ role }) => role === 'ai')).toHaveLength(1);
  }
  passed(count);
});
