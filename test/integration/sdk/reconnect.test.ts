import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { type Cut, startCuttingProxy } from './cutting-proxy.ts';
import { startPrefixProxy } from './prefix-proxy.ts';
import { type Frame, framesOf, says, sdkClient } from './sdk-client.ts';
import { createScriptedWorkflow } from './scripted-workflow.ts';

let api: ApiService;

beforeAll(async () => {
  api = await startApiService({ workflows: [createScriptedWorkflow().workflow] });
});

afterAll(() => api.close());

const idsOf = (frames: Frame[]) => frames.map(({ id }) => id);

/** Streams that are each cut twice: the client waits longer after each time, and gives up after five. */
const STREAMS = 10;

/** The first ten within what comes while a run goes on, from the first byte of the body; the others within the rest. */
const PLAN: Cut[] = Array.from({ length: 2 * STREAMS }, (_, n) => ({
  afterBytes: n < STREAMS ? n * n * 47 : 3 + (n - STREAMS) * 113,
  by: n % 2 === 0 ? 'close' : 'reset',
}));

test('a stream whose connection is cut at 20 points is resumed by the client, every event exactly once', async () => {
  const proxy = await startCuttingProxy(api.url, PLAN);
  const { threads, runs } = sdkClient(api, { url: proxy.url });
  const whole = sdkClient(api);

  const streams = Array.from({ length: STREAMS }, async () => {
    const { thread_id: id } = await threads.create();
    let runId = '';
    const frames = await framesOf(
      runs.stream(id, 'support', {
        input: says('count 120'),
        streamMode: ['values', 'messages-tuple', 'messages', 'updates'],
        onRunCreated: (run) => {
          runId = run.run_id;
        },
      }),
    );
    return {
      frames,
      uncut: await framesOf(whole.runs.joinStream(id, runId)),
      runs: await whole.runs.list(id),
    };
  });

  for (const { frames, uncut, runs: made } of await Promise.all(streams)) {
    expect(idsOf(frames)).toEqual(idsOf(uncut));
    expect(frames).toEqual(uncut);
    expect(made).toHaveLength(1);
  }
  expect(proxy.cuts()).toBe(PLAN.length);
  await proxy.close();
});

test('a base address with a path in it is kept when the client comes back', async () => {
  const proxy = await startPrefixProxy(api.url, '/relay/api');
  const { threads, runs } = sdkClient(api, { url: proxy.url });
  const { thread_id: id } = await threads.create();

  const frames = await framesOf(runs.stream(id, 'support', { input: says('count 20') }));

  const [run] = await runs.list(id);
  expect(frames).toEqual(await framesOf(sdkClient(api).runs.joinStream(id, run?.run_id ?? '')));
  expect(frames.at(-1)?.event).toBe('end');
  expect(proxy.hasCut()).toBe(true);
  await proxy.close();
});
