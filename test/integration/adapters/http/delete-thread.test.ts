import { afterEach, describe, expect, test } from 'vitest';
import { defineWorkflow } from '../../../../src/core/workflows/workflow.ts';
import { type ApiService, QUICK, startApiService } from '../../../fixtures/api-service.ts';

let api: ApiService | null = null;

afterEach(async () => {
  await api?.close();
  api = null;
});

/** No heartbeat comes in time to tell a worker anything. */
const WITHOUT_HEARTBEATS = { ...QUICK, heartbeatMs: 30_000, heartbeatStaleMs: 120_000 };

/** A run that says something, and says more once it was told to stop. */
function talkative() {
  const begun = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const workflow = defineWorkflow({
    name: 'assistant',
    description: 'Talks on.',
    async *run({ signal }) {
      yield { type: 'text', delta: 'something' };
      begun.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      stopped.resolve();
      yield { type: 'text', delta: ' and a late word' };
    },
  });
  return { workflow, begun: begun.promise, stopped: stopped.promise };
}

describe('a thread that is deleted while it is being answered', () => {
  test('stays deleted: its run is told to stop at once, and writes nothing', async () => {
    const { workflow, begun, stopped } = talkative();
    api = await startApiService({ workers: 0, workflows: [workflow], timings: WITHOUT_HEARTBEATS });
    const worker = api.addWorker();
    const { body: thread } = await api.call('POST', '/threads');
    const threadId: string = thread.thread_id;
    const ask = { assistant_id: 'support', input: { messages: [{ type: 'human', content: 'hello' }] } };
    const running = await api.call('POST', `/threads/${threadId}/runs`, { body: ask });
    await begun;
    const queued = await api.call('POST', `/threads/${threadId}/runs`, { body: ask });
    expect([running.status, queued.status]).toEqual([200, 200]);

    const deletedAt = Date.now();
    expect((await api.call('DELETE', `/threads/${threadId}`)).status).toBe(204);
    await stopped;
    expect(Date.now() - deletedAt).toBeLessThan(2_000);
    await worker.stop();

    const { threads, messages, runs, deliveries, checkpoints } = api.database.models;
    expect(await threads.countDocuments({ _id: threadId })).toBe(0);
    const left = await Promise.all([
      messages.countDocuments({ threadId }),
      runs.countDocuments({ threadId }),
      deliveries.countDocuments({ threadId }),
      checkpoints.countDocuments({ threadId }),
    ]);
    expect(left).toEqual([0, 0, 0, 0]);
    for (const path of ['', '/state', `/runs/${running.body.run_id}`, `/runs/${queued.body.run_id}`]) {
      expect((await api.call('GET', `/threads/${threadId}${path}`)).status).toBe(404);
    }
  });

  test('is not made again by what comes late: no run starts on it, no state is written', async () => {
    api = await startApiService({ workers: 0 });
    const { body: thread } = await api.call('POST', '/threads');
    const path = `/threads/${thread.thread_id}`;
    await api.call('DELETE', path);

    const late = [
      await api.call('POST', `${path}/runs`, { body: { assistant_id: 'support', input: null } }),
      await api.call('POST', `${path}/state`, { body: { values: { mood: 'late' } } }),
      await api.call('PATCH', path, { body: { name: 'late' } }),
      await api.call('POST', `${path}/copy`),
    ];

    expect(late.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(await api.stores.threads.find(thread.thread_id)).toBeNull();
  });
});
