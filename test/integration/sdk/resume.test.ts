import type { Command } from '@langchain/langgraph-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ToolCall } from '../../../src/core/messages/message.ts';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { REFUND, refundTools, TWO_REFUNDS } from '../../fixtures/approval-tools.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import {
  dataOf,
  framesOf,
  gathered,
  refusedWith,
  says,
  sdkClient,
  type State,
  textsOf,
} from './sdk-client.ts';

let called: ToolCall[] = [];
const toolbox = refundTools([]);
const counting = {
  ...toolbox,
  call(call: ToolCall, signal: AbortSignal) {
    called.push(call);
    return toolbox.call(call, signal);
  },
};
/** Pays one order back, and two. */
let one: ApiService;
let two: ApiService;

beforeAll(async () => {
  one = await startApiService({ toolbox: counting, script: { delayMs: 0, steps: REFUND } });
  two = await startApiService({ toolbox: counting, script: { delayMs: 0, steps: TWO_REFUNDS } });
});
beforeEach(() => {
  called = [];
});
afterAll(() => Promise.all([one.close(), two.close()]));

const refunds = () => called.filter(({ name }) => name === 'refund').length;

/** A thread with a run that waits. */
async function asked(api: ApiService, streamMode: 'updates' | 'values' = 'values') {
  const client = sdkClient(api);
  const { thread_id: threadId } = await client.threads.create();
  const { run_id: runId } = await client.runs.create(threadId, 'support', {
    input: says('Pay me back'),
    streamMode,
  });
  const interrupts = () => waitingIn(client, threadId, runId);
  await eventually(async () => ((await interrupts()).length > 0 ? true : null), 'the run waits');
  return { threads: client.threads, runs: client.runs, threadId, runId, interrupts };
}

async function waitingIn({ threads }: ReturnType<typeof sdkClient>, threadId: string, runId: string) {
  const thread = await threads.get(threadId);
  return (thread.interrupts[runId] ?? []).map(({ id }) => id ?? '');
}

const APPROVED = [
  'human: Pay me back',
  'ai: Let me see.',
  'tool: {"status":"lost"}',
  'tool: paid back',
  'ai: That is all.',
];

describe('a run that waits for approval is resumed', () => {
  test('by a stream, which tells what the run goes on to say and nothing twice', async () => {
    const { threads, runs, threadId, runId } = await asked(one);
    const created: unknown[] = [];

    const frames = await framesOf(
      runs.stream(threadId, 'support', {
        command: { resume: true },
        streamMode: ['messages-tuple', 'values', 'updates'],
        onRunCreated: (run) => created.push(run),
      }),
    );

    expect(created).toEqual([{ thread_id: threadId, run_id: runId }]);
    expect(frames[0]).toMatchObject({ event: 'metadata', data: { run_id: runId } });
    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { run_id: runId, status: 'success' } });
    expect(JSON.stringify(frames)).not.toContain('__interrupt__');
    const { values } = await threads.getState(threadId);
    expect(textsOf(values)).toEqual(APPROVED);
    expect(dataOf(frames, 'values').at(-1)).toEqual(values);
    expect(gathered(frames)).toEqual(values.messages.slice(1).map(({ id, content }) => [id, content]));
    // The run is the one that waited
    expect((await runs.list(threadId)).map(({ run_id }) => run_id)).toEqual([runId]);
    expect(await threads.get(threadId)).toMatchObject({ status: 'idle', interrupts: {} });
    expect(refunds()).toBe(1);
  });

  test('by waiting, and the decision tells who made it', async () => {
    const { runs, threadId, runId } = await asked(one);

    const values = (await runs.wait(threadId, 'support', {
      command: { resume: 'deny' },
    })) as unknown as State;

    expect(textsOf(values).slice(-2)).toEqual([
      'tool: "refund" was not called: the API key tr_… denied it.',
      'ai: That is all.',
    ]);
    expect(refunds()).toBe(0);
    const run = await one.stores.runs.find({ threadId, runId });
    expect(run?.approval?.calls).toMatchObject([
      { name: 'refund', decision: { approved: false, by: expect.stringMatching(/^key:/), note: null } },
    ]);
  });

  test('at once, and the answer is the run that goes on', async () => {
    const { runs, threadId, runId } = await asked(one);

    const run = await runs.create(threadId, 'support', { command: { resume: 'approve' } });

    expect(run).toMatchObject({ run_id: runId, thread_id: threadId, assistant_id: 'support' });
    expect(textsOf(await runs.join(threadId, runId))).toEqual(APPROVED);
    expect(await runs.list(threadId)).toHaveLength(1);
  });

  test('as the SDK sends it from a page: with the newest checkpoint and what a run may be sent with', async () => {
    const { threads, runs, threadId } = await asked(one);
    const { checkpoint } = await threads.getState(threadId);

    const values = await runs.wait(threadId, 'support', {
      input: null,
      command: { resume: true },
      checkpoint,
      config: { configurable: { theme: 'dark' } },
      context: { page: 7 },
      metadata: {},
      multitaskStrategy: 'interrupt',
      onDisconnect: 'cancel',
      ifNotExists: 'create',
      durability: 'async',
    });

    expect(textsOf(values as unknown as State)).toEqual(APPROVED);
  });

  test.each([
    [true, 1],
    [false, 0],
    ['approve', 1],
    ['deny', 0],
    [{ 'call-1-2': true }, 1],
    [{ 'call-1-2': 'deny' }, 0],
    [{ 'call-1-2': { approved: true } }, 1],
    [{ 'call-1-2': { approved: false, note: null } }, 0],
  ])('with %j', async (resume, times) => {
    const { runs, threadId } = await asked(one);
    await runs.wait(threadId, 'support', { command: { resume } });
    expect(refunds()).toBe(times);
  });

  test('in a stream that is cut and taken up again, in its own modes, every event once', async () => {
    const { runs, threadId, runId } = await asked(one, 'updates');
    // Each behind the first frame, which tells where to go on
    const cuts = [130, 200, 400].map((afterBytes) => ({ afterBytes, by: 'reset' as const }));
    const proxy = await startCuttingProxy(one.url, cuts);
    const streamMode = ['messages-tuple', 'values'] as const;

    const frames = await framesOf(
      sdkClient(one, { url: proxy.url }).runs.stream(threadId, 'support', {
        command: { resume: true },
        streamMode: [...streamMode],
      }),
    );

    expect(proxy.cuts()).toBe(cuts.length);
    const whole = await framesOf(runs.joinStream(threadId, runId, { streamMode: [...streamMode] }));
    const since = whole.findLastIndex(({ event }) => event === 'metadata');
    expect(frames[0]).toMatchObject({ event: 'metadata', data: { run_id: runId } });
    expect(frames.slice(1)).toEqual(whole.slice(since));
    await proxy.close();
  });
});

describe('where several calls wait', () => {
  const [first, second] = ['call-1-1', 'call-1-2'];

  test('each is decided by its id, and the note is for the model to read', async () => {
    const { runs, threadId, interrupts } = await asked(two);
    expect(await interrupts()).toEqual([first, second]);

    const resume = { [first]: true, [second]: { approved: false, note: 'Too much.' } };
    const values = (await runs.wait(threadId, 'support', { command: { resume } })) as unknown as State;

    expect(textsOf(values).slice(-3)).toEqual([
      'tool: paid back',
      'tool: "refund" was not called: the API key tr_… denied it. They said: Too much.',
      'ai: That is all.',
    ]);
    expect(called.map(({ args }) => args)).toEqual([{ order: 7 }]);
  });

  test('the run waits on until the last of them is decided', async () => {
    const { threads, runs, threadId, runId, interrupts } = await asked(two);

    const run = await runs.create(threadId, 'support', { command: { resume: { [second]: true } } });

    expect(run).toMatchObject({ run_id: runId, status: 'pending' });
    expect(await interrupts()).toEqual([first]);
    expect((await threads.get(threadId)).status).toBe('interrupted');
    // The one that is left needs no name
    await runs.wait(threadId, 'support', { command: { resume: false } });
    expect(called.map(({ args }) => args)).toEqual([{ order: 8 }]);
  });

  test('none is decided without its name, nor with one that there is not', async () => {
    const { runs, threadId, interrupts } = await asked(two);

    for (const resume of [true, 'deny', { [first]: true, 'call-9': true }]) {
      await expect(runs.wait(threadId, 'support', { command: { resume } })).rejects.toEqual(refusedWith(422));
    }

    expect(await interrupts()).toEqual([first, second]);
    expect(refunds()).toBe(0);
  });

  test('all are decided or none: one that was decided otherwise leaves the other open', async () => {
    const { runs, threadId, interrupts } = await asked(two);
    await runs.create(threadId, 'support', { command: { resume: { [first]: false } } });

    const both = { [second]: true, [first]: true };
    await expect(runs.create(threadId, 'support', { command: { resume: both } })).rejects.toEqual(
      refusedWith(409),
    );

    expect(await interrupts()).toEqual([second]);
    await runs.wait(threadId, 'support', { command: { resume: { [second]: true, [first]: false } } });
    expect(called.map(({ args }) => args)).toEqual([{ order: 8 }]);
  });
});

test('a command is refused where nothing waits, in a thread without one, and for what threads cannot do', async () => {
  const { threads, runs, threadId, interrupts } = await asked(one);
  const empty = (await threads.create()).thread_id;
  const refused = (id: string, command: Command, status: number, more: object = {}) =>
    expect(runs.create(id, 'support', { command, ...more })).rejects.toEqual(refusedWith(status));

  await refused(empty, { resume: true }, 409);
  await refused(empty, { resume: { 'call-1-2': true } }, 409);
  await refused(threadId, { resume: { 'call-9': true } }, 422);
  await refused(threadId, { resume: 'yes' }, 422);
  await refused(threadId, { resume: { decisions: [{ type: 'approve' }] } }, 422);
  await refused(threadId, { resume: true, goto: 'tools' }, 422);
  await refused(threadId, { resume: true, update: { mood: 'calm' } }, 422);
  await refused(threadId, { resume: true }, 422, { input: says('And now?') });
  await expect(runs.wait(null, 'support', { command: { resume: true } })).rejects.toEqual(refusedWith(422));

  expect(await interrupts()).toEqual(['call-1-2']);
  expect(refunds()).toBe(0);
});
