import { afterEach, expect, test, vi } from 'vitest';
import { ThreadrelayError } from '../../../src/core/errors.ts';
import { defineWorkflow, type WorkflowEvent } from '../../../src/core/workflows/workflow.ts';
import { incoming, QUICK, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';

vi.setConfig({ testTimeout: 30_000 });

let engine: RunEngine | null = null;
afterEach(async () => {
  await engine?.close();
  engine = null;
});

const BUSY = new ThreadrelayError('model_failed', 'The model is overloaded.', { retryable: true });

/** A workflow that does as the last message says. */
function obedient(attempts: string[] = []) {
  return defineWorkflow({
    name: 'assistant',
    description: 'Does as it is told, for tests.',
    async *run({ messages, run, signal }): AsyncGenerator<WorkflowEvent> {
      const wish = messages.at(-1)?.text ?? '';
      attempts.push(wish);
      yield { type: 'text', delta: `attempt ${run.attempt} ` };
      if (wish === 'fail') throw BUSY;
      if (wish === 'fail once' && run.attempt === 1) throw BUSY;
      if (wish === 'refuse') throw new ThreadrelayError('model_failed', 'I may not answer that.');
      if (wish === 'break') throw new TypeError('x is not a function');
      if (wish === 'hang') await new Promise(() => {});
      if (wish === 'wait' && run.attempt === 1 && run.fence === 1) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
      yield { type: 'text', delta: 'done' };
    },
  });
}

async function ask(text: string) {
  if (engine === null) throw new Error('no engine');
  return startedRun(await engine.ingest.message(incoming({ text })));
}

async function answers(threadId: string) {
  const messages = await engine?.stores.messages.tail(threadId, 20);
  return messages?.filter(({ role }) => role === 'ai').map(({ text }) => text);
}

test('a retryable error is tried again, and only the text of the attempt that succeeds is kept', async () => {
  const { stores, addWorker } = (engine = await startRunEngine({ workflows: [obedient()] }));
  addWorker();
  const run = await ask('fail once');
  expect(await runEnds(stores, run)).toMatchObject({ status: 'succeeded', attempt: 2, fence: 2 });
  expect(await answers(run.threadId)).toEqual(['attempt 2 done']);
});

test('a poison message is tried three times and fails once, with a sentence, while others are answered', async () => {
  const attempts: string[] = [];
  const { stores, addWorker } = (engine = await startRunEngine({ workflows: [obedient(attempts)] }));
  addWorker();
  const poison = await Promise.all([ask('fail'), ask('break')]);
  const healthy = await Promise.all(Array.from({ length: 20 }, () => ask('hello')));
  for (const run of healthy)
    expect(await runEnds(stores, run)).toMatchObject({ status: 'succeeded', attempt: 1 });
  const [failing, breaking] = await Promise.all(poison.map((run) => runEnds(stores, run)));
  expect(failing).toMatchObject({
    status: 'failed',
    attempt: 3,
    error: { code: 'model_failed', message: 'The model is overloaded. Send your message again to retry.' },
  });
  expect(breaking).toMatchObject({ status: 'failed', attempt: 3, error: { code: 'internal' } });
  expect(breaking?.error?.message).not.toContain('function');
  expect(attempts.filter((wish) => wish === 'fail')).toHaveLength(3);
  expect(attempts.filter((wish) => wish === 'break')).toHaveLength(3);
  for (const { threadId } of poison) expect(await answers(threadId)).toEqual([]);
});

test('an error that will not go away is not tried again', async () => {
  const { stores, addWorker } = (engine = await startRunEngine({ workflows: [obedient()] }));
  addWorker();
  const run = await ask('refuse');
  expect(await runEnds(stores, run)).toMatchObject({
    status: 'failed',
    attempt: 1,
    error: { message: 'I may not answer that. Send your message again to retry.' },
  });
});

test('a hung workflow is tried three times, and does not hold its worker or its thread', async () => {
  const timings = { ...QUICK, runTimeoutMs: 600 };
  const { ingest, stores, addWorker } = (engine = await startRunEngine({ workflows: [obedient()], timings }));
  const worker = addWorker();
  const hung = startedRun(await ingest.message(incoming({ thread: 'stuck', text: 'hang' })));
  const next = startedRun(await ingest.message(incoming({ thread: 'stuck', text: 'hello' })));
  expect(await runEnds(stores, hung)).toMatchObject({
    status: 'timed_out',
    attempt: 3,
    error: { code: 'timed_out' },
  });
  expect(await runEnds(stores, next)).toMatchObject({ status: 'succeeded' });
  const begun = Date.now();
  await worker.stop();
  expect(Date.now() - begun).toBeLessThan(1_000);
});

test('a worker that drains gives its runs back, and they complete elsewhere without a lost attempt', async () => {
  const timings = { ...QUICK, drainMs: 50 };
  const attempts: string[] = [];
  const { stores, addWorker } = (engine = await startRunEngine({ workflows: [obedient(attempts)], timings }));
  const first = addWorker();
  const runs = await Promise.all(Array.from({ length: 5 }, () => ask('wait')));
  await vi.waitFor(() => expect(attempts).toHaveLength(5), 5_000);
  await first.stop();
  for (const run of runs) {
    expect(await stores.runs.find(run)).toMatchObject({ status: 'queued', attempt: 0, fence: 1 });
  }
  addWorker();
  for (const run of runs) {
    expect(await runEnds(stores, run)).toMatchObject({ status: 'succeeded', attempt: 1, fence: 2 });
    expect(await answers(run.threadId)).toEqual(['attempt 1 done']);
  }
});

test('the sweeper rings for a run whose doorbell was lost', async () => {
  const { stores, queues, addWorker, sweeper } = (engine = await startRunEngine({ workflows: [obedient()] }));
  const run = await ask('hello');
  // Given a bell that is gone before anybody listens
  const keys = await queues.connections.commands.keys(`${queues.keys.queuePrefix}*`);
  await queues.connections.commands.del(...keys);
  addWorker();
  sweeper();
  expect(await runEnds(stores, run)).toMatchObject({ status: 'succeeded', attempt: 1 });
});
