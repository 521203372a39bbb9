import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { refusedWith, says, sdkClient, textsOf } from './sdk-client.ts';
import { createScriptedWorkflow } from './scripted-workflow.ts';

const { workflow, letGo } = createScriptedWorkflow();
let api: ApiService;

beforeAll(async () => {
  api = await startApiService({ workflows: [workflow] });
});

afterAll(() => api.close());

const threads = () => sdkClient(api).threads;
const runs = () => sdkClient(api).runs;
const makeThread = async () => (await threads().create()).thread_id;
const contentsOf = async (id: string) => textsOf((await threads().getState(id)).values);

/** Resolves with a run that holds, once its first word is there. */
async function held(threadId: string): Promise<string> {
  const { run_id: runId } = await runs().create(threadId, 'support', { input: says('hold') });
  for await (const { event } of runs().joinStream(threadId, runId)) if (event === 'messages') break;
  return runId;
}

describe('cancelling a run', () => {
  test.each([
    { action: 'interrupt', wait: true, left: ['human: hold', 'ai: Holding'], status: 'interrupted' },
    { action: 'interrupt', wait: false, left: ['human: hold', 'ai: Holding'], status: 'interrupted' },
    // As if it had never been
    { action: 'rollback', wait: true, left: [], status: 'idle' },
    { action: 'rollback', wait: false, left: [], status: 'idle' },
  ] as const)('by $action, with wait $wait, leaves $left', async ({ action, wait, left, status }) => {
    const id = await makeThread();
    const runId = await held(id);

    expect(await runs().cancel(id, runId, wait, action)).toBeUndefined();

    if (!wait) await runs().join(id, runId);
    expect((await runs().get(id, runId)).status).toBe('interrupted');
    expect((await threads().get(id)).status).toBe(status);
    expect(await contentsOf(id)).toEqual(left);
  });

  test('does not wait for a worker unless it is asked to', async () => {
    const alone = await startApiService({ workers: 0 });
    const { threads, runs } = sdkClient(alone);
    const { thread_id: id } = await threads.create();
    const { run_id: runId } = await runs.create(id, 'support', { input: says('echo') });
    const claim = await alone.stores.runs.claimNext(id, randomUUID(), new Date(), new Date(0));

    const begun = performance.now();
    await runs.cancel(id, runId, false);

    expect(claim.kind).toBe('claimed');
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect((await runs.get(id, runId)).status).toBe('running');
    await alone.close();
  });

  test('before it began ends it at once, and the others go on', async () => {
    const id = await makeThread();
    const first = await held(id);
    const second = await runs().create(id, 'support', { input: says('echo never') });
    const third = await runs().create(id, 'support', { input: says('echo after') });

    await runs().cancel(id, second.run_id, true, 'rollback');
    letGo();
    await runs().join(id, third.run_id);

    const statuses = [first, second.run_id, third.run_id].map(
      async (runId) => (await runs().get(id, runId)).status,
    );
    expect(await Promise.all(statuses)).toEqual(['success', 'interrupted', 'success']);
    expect(JSON.stringify(await contentsOf(id))).not.toContain('never');
  });

  test('that has ended changes nothing, and a run that is not there is not found', async () => {
    const id = await makeThread();
    await runs().wait(id, 'support', { input: says('echo one') });
    const [run] = await runs().list(id);
    const before = await contentsOf(id);

    await runs().cancel(id, run?.run_id ?? '', true);
    await expect(runs().cancel(id, run?.run_id ?? '', true, 'rollback')).rejects.toEqual(refusedWith(409));
    await expect(runs().cancel(id, randomUUID())).rejects.toEqual(refusedWith(404));

    expect(await contentsOf(id)).toEqual(before);
    expect((await runs().get(id, run?.run_id ?? '')).status).toBe('success');
  });
});

describe('a run beside one that goes on', () => {
  async function beside(multitaskStrategy: 'enqueue' | 'interrupt' | 'rollback') {
    const id = await makeThread();
    const first = await held(id);
    const second = await runs().create(id, 'support', { input: says('echo two'), multitaskStrategy });
    if (multitaskStrategy === 'enqueue') letGo();
    await runs().join(id, second.run_id);
    const statusOf = async (runId: string) => (await runs().get(id, runId)).status;
    return {
      statuses: [await statusOf(first), await statusOf(second.run_id)],
      contents: await contentsOf(id),
    };
  }

  test('by enqueue follows it', async () => {
    const { statuses, contents } = await beside('enqueue');

    expect(statuses).toEqual(['success', 'success']);
    expect(contents.toSorted()).toEqual([
      'ai: Holding no more',
      'ai: You said: two ',
      'human: echo two',
      'human: hold',
    ]);
    expect(contents.indexOf('ai: Holding no more')).toBeLessThan(contents.indexOf('ai: You said: two '));
  });

  test('by interrupt stops it, and keeps what was said', async () => {
    const { statuses, contents } = await beside('interrupt');

    expect(statuses).toEqual(['interrupted', 'success']);
    expect(contents).toContain('ai: Holding');
    expect(contents).toContain('human: hold');
    expect(contents.at(-1)).toBe('ai: You said: two ');
  });

  test('by rollback stops it, and forgets its question and answer', async () => {
    const { statuses, contents } = await beside('rollback');

    expect(statuses).toEqual(['interrupted', 'success']);
    expect(contents).toEqual(['human: echo two', 'ai: You said: two ']);
  });

  test('by reject is refused, and nothing of it is stored', async () => {
    const id = await makeThread();
    const first = await held(id);
    const rejected = { input: says('echo two'), multitaskStrategy: 'reject' } as const;

    await expect(runs().create(id, 'support', rejected)).rejects.toEqual(refusedWith(409));

    expect(await runs().list(id)).toHaveLength(1);
    expect(await contentsOf(id)).toEqual(['human: hold']);
    letGo();
    await runs().join(id, first);
    await runs().wait(id, 'support', rejected);
    expect((await contentsOf(id)).at(-1)).toBe('ai: You said: two ');
  });
});
