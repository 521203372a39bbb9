import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Toolbox } from '../../../src/core/ports.ts';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { dataOf, framesOf, gathered, says, sdkClient, type SdkMessage } from './sdk-client.ts';

const toolbox: Toolbox = {
  list: async () => [{ name: 'look_up', description: 'Finds an order.', inputSchema: { type: 'object' } }],
  call: async ({ args }) => ({ result: { order: args['order'], isSent: true }, isError: false }),
};

let api: ApiService;
beforeAll(async () => {
  api = await startApiService({
    toolbox,
    script: {
      delayMs: 0,
      steps: [
        { kind: 'text', text: 'Let me see.' },
        { kind: 'calls', calls: [{ name: 'look_up', args: { order: 7 } }] },
        { kind: 'text', text: 'It was sent.' },
      ],
    },
  });
});
afterAll(() => api.close());

test('a run with tools streams the very messages that its thread holds afterwards, under their ids', async () => {
  const { threads, runs } = sdkClient(api);
  const { thread_id: threadId } = await threads.create();
  const frames = await framesOf(
    runs.stream(threadId, 'support', {
      input: says('Where is order 7?'),
      streamMode: ['messages-tuple', 'values', 'updates'],
    }),
  );

  const { values } = await threads.getState(threadId);
  expect(values.messages.map(({ type, content }) => [type, content])).toEqual([
    ['human', 'Where is order 7?'],
    ['ai', 'Let me see.'],
    ['tool', '{"order":7,"isSent":true}'],
    ['ai', 'It was sent.'],
  ]);
  const said = values.messages.slice(1);
  expect(said[0]?.['tool_calls']).toMatchObject([{ name: 'look_up', args: { order: 7 } }]);
  const [call] = (said[0]?.['tool_calls'] ?? []) as { id: string }[];
  expect(said[1]?.['tool_call_id']).toBe(call?.id);
  expect(gathered(frames)).toEqual(said.map(({ id, content }) => [id, content]));
  expect(dataOf(frames, 'values').at(-1)).toEqual(values);
  const added = dataOf(frames, 'updates').flatMap((update) =>
    Object.values(update as Record<string, { messages: SdkMessage[] }>).flatMap(({ messages }) => messages),
  );
  expect(added.map(({ id, content }) => [id, content])).toEqual(said.map(({ id, content }) => [id, content]));
});

test('a reader that comes later, or again in the middle, gets the same messages', async () => {
  const { threads, runs } = sdkClient(api);
  const { thread_id: threadId } = await threads.create();
  const { run_id: runId } = await runs.create(threadId, 'support', {
    input: says('Where is order 7?'),
    streamMode: 'messages-tuple',
  });
  await runs.join(threadId, runId);
  const join = (lastEventId: string) =>
    framesOf(runs.joinStream(threadId, runId, { lastEventId, streamMode: 'messages-tuple' }));

  const whole = await join('-1');
  const { values } = await threads.getState(threadId);
  const said = values.messages.slice(1).map(({ id, content }) => [id, content]);
  expect(gathered(whole)).toEqual(said);
  for (const [index, { id = '' }] of whole.slice(0, -1).entries()) {
    expect((await join(id)).map((frame) => frame.id)).toEqual(
      whole.slice(index + 1).map((frame) => frame.id),
    );
  }
});
