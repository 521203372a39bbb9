import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/core/limits.ts';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { framesOf, refusedWith, says, sdkClient, textsOf } from './sdk-client.ts';
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

describe('a run', () => {
  test('is made at once, with what was asked for, and read and listed', async () => {
    const id = await makeThread();
    const heldId = await held(id);
    const metadata = { ticket: '4711' };

    const made = await runs().create(id, 'support', {
      input: says('echo one'),
      metadata,
      config: { configurable: { colour: 'red' } },
      multitaskStrategy: 'enqueue',
      durability: 'async',
      streamSubgraphs: true,
      streamResumable: true,
      feedbackKeys: ['x'],
    });

    expect(made).toMatchObject({
      thread_id: id,
      assistant_id: 'support',
      status: 'pending',
      metadata,
      multitask_strategy: 'enqueue',
      kwargs: { config: { configurable: { colour: 'red' } } },
    });
    expect(await threads().get(id)).toMatchObject({ status: 'busy' });
    const listed = await runs().list(id);
    expect(listed.map(({ run_id: runId, status }) => [runId, status])).toEqual([
      [made.run_id, 'pending'],
      [heldId, 'running'],
    ]);
    expect(await runs().list(id, { limit: 1, offset: 1 })).toEqual(listed.slice(1));
    expect(await runs().list(id, { status: 'pending' })).toEqual(listed.slice(0, 1));
    expect(await runs().list(id, { status: 'pending', select: ['run_id', 'status'] })).toEqual([
      { run_id: made.run_id, status: 'pending' },
    ]);
    letGo();
    await runs().join(id, made.run_id);
    expect(await runs().get(id, made.run_id)).toMatchObject({ status: 'success', metadata });
    expect(await threads().get(id)).toMatchObject({ status: 'idle' });
  });

  test('without new messages continues from what is there', async () => {
    const id = await makeThread();
    await threads().updateState(id, { values: says('echo before') as never });

    const values = await runs().wait(id, 'support', { input: null });

    expect(textsOf(values as never)).toEqual(['human: echo before', 'ai: You said: before ']);
  });

  test('on a thread that is not there is refused, or makes it', async () => {
    const id = randomUUID();

    await expect(runs().create(id, 'support', { input: says('echo') })).rejects.toEqual(refusedWith(404));
    await expect(runs().create(id, 'nobody', { ifNotExists: 'create' })).rejects.toEqual(refusedWith(422));
    await runs().wait(id, 'support', { input: says('echo hi'), ifNotExists: 'create' });

    expect(await contentsOf(id)).toEqual(['human: echo hi', 'ai: You said: hi ']);
  });

  test('that is put off begins no sooner', async () => {
    const id = await makeThread();
    const begun = Date.now();

    await runs().wait(id, 'support', { input: says('echo late'), afterSeconds: 1 });

    expect(Date.now() - begun).toBeGreaterThanOrEqual(1_000);
  });

  test('that asks for what threads cannot do is refused, and starts nothing', async () => {
    const id = await makeThread();
    const input = says('echo');

    for (const wish of [
      { webhook: 'http://127.0.0.1:1/' },
      { command: { resume: true } },
      { interruptBefore: ['assistant'] },
      { interruptAfter: '*' as const },
      { checkpointId: '000000000007' },
      { onCompletion: 'delete' as never },
    ]) {
      await expect(runs().create(id, 'support', { input, ...wish })).rejects.toEqual(refusedWith(422));
    }

    expect(await runs().list(id)).toEqual([]);
    expect(await contentsOf(id)).toEqual([]);
  });
});

describe('waiting for a run', () => {
  test('answers the state as the run left it', async () => {
    const id = await makeThread();

    const values = await runs().wait(id, 'support', { input: says('echo one') });

    expect(textsOf(values as never)).toEqual(['human: echo one', 'ai: You said: one ']);
    expect(values).toEqual((await threads().getState(id)).values);
  });

  test('that fails rejects with the reason, or answers it', async () => {
    const id = await makeThread();
    const reason = /workflow_failed: .*oven is cold/;

    await expect(runs().wait(id, 'support', { input: says('fail') })).rejects.toThrow(reason);
    const answered = await runs().wait(id, 'support', { input: says('fail'), raiseError: false });

    expect(answered).toEqual({
      __error__: { error: 'workflow_failed', message: expect.stringContaining('oven is cold') },
    });
    expect(await threads().get(id)).toMatchObject({ status: 'error' });
  });
});

describe('a run without a thread', () => {
  test('is made, streamed and waited for on a thread of its own', async () => {
    const refs: { run_id: string; thread_id?: string }[] = [];
    const asked = { input: says('echo one'), onRunCreated: (ref: (typeof refs)[0]) => refs.push(ref) };

    const frames = await framesOf(runs().stream(null, 'support', asked));
    const values = await runs().wait(null, 'support', asked);
    const made = await runs().create(null, 'support', asked);

    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { status: 'success' } });
    expect(textsOf(values as never)).toEqual(['human: echo one', 'ai: You said: one ']);
    expect(refs.map(({ run_id: runId }) => runId)).toContain(made.run_id);
    expect(new Set(refs.map(({ thread_id: id }) => id)).size).toBe(3);
  });

  test.each(['keep', 'delete', undefined] as const)('with on_completion %s', async (onCompletion) => {
    const begun = Date.now();
    const { thread_id: id, run_id: runId } = await runs().create(null, 'support', {
      input: says('echo one'),
      ...(onCompletion === undefined ? {} : { onCompletion: onCompletion as never }),
    });
    await runs().join(id, runId);

    const { expires_at: expiresAt } = (await threads().get(id)) as { expires_at?: string | null };

    if (onCompletion === 'keep') {
      expect(expiresAt).toBeNull();
      return;
    }
    // It stays a while for those who still read its outcome, and then goes with all that is in it
    expect(Date.parse(expiresAt ?? '') - begun).toBeGreaterThanOrEqual(LIMITS.afterlifeMs);
    expect(Date.parse(expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(LIMITS.afterlifeMs);
    await api.database.models.threads.updateOne({ _id: id }, { $set: { deleteAt: new Date() } });
    await api.sweeper().deleteExpired();
    await expect(threads().get(id)).rejects.toEqual(refusedWith(404));
    expect(await api.database.models.messages.countDocuments({ threadId: id })).toBe(0);
    expect(await api.database.models.runs.countDocuments({ threadId: id })).toBe(0);
  });
});
