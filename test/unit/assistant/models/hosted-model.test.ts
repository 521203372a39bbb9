import { simulateReadableStream } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { expect, test } from 'vitest';
import { createHostedModel } from '../../../../src/assistant/models/hosted-model.ts';
import type {
  HostedModelConfig,
  ModelReference,
} from '../../../../src/assistant/models/hosted-model-config.ts';
import type { LanguageModel, StreamPart } from '../../../../src/assistant/models/language-model.ts';
import { createResting } from '../../../../src/assistant/models/resting.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { HELLO, hear } from '../../../fixtures/hosted-models.ts';
import { routeInput } from '../../core/routing/route-inputs.ts';

const provider = { name: 'mock', baseUrl: null, apiKeyEnv: null, headers: {} };
const reference = (name: string): ModelReference => ({ provider, name });

const CONFIG: HostedModelConfig = {
  provider: 'hosted',
  use: reference('first'),
  fallbacks: [reference('second')],
  rules: [],
  temperature: null,
  maxOutputTokens: 500,
  contextTokens: null,
  firstTokenMs: 1_000,
  stallMs: 1_000,
  sees: true,
};

const finish = (unified: 'stop' | 'length' | 'tool-calls' = 'stop'): StreamPart => ({
  type: 'finish',
  finishReason: { unified, raw: unified },
  usage: {
    inputTokens: { total: 7, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 2, text: undefined, reasoning: undefined },
  },
});
const text = (delta: string): StreamPart => ({ type: 'text-delta', id: '1', delta });

function speaking(...chunks: StreamPart[]): MockLanguageModelV4 {
  return new MockLanguageModelV4({ doStream: async () => ({ stream: simulateReadableStream({ chunks }) }) });
}

function refusing(facts: object): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    doStream: async () => {
      throw Object.assign(new Error('refused'), { name: 'AI_APICallError', ...facts });
    },
  });
}

const ADD = { name: 'add', description: 'Adds.', inputSchema: { type: 'object' } };

/** A model of the given ones by name, and how long was waited between calls. */
function modelOf(
  models: Record<string, LanguageModel>,
  config: Partial<HostedModelConfig> = {},
  resting = createResting(systemClock.now),
) {
  const waits: number[] = [];
  const model = createHostedModel({ ...CONFIG, ...config }, routeInput(), {
    open: async ({ name }) => models[name] ?? speaking(text(`I am ${name}.`), finish()),
    resting,
    clock: { ...systemClock, sleep: async (ms) => void waits.push(ms) },
    random: () => 0.5,
    about: {},
    logger: silentLogger,
  });
  return { model, waits };
}

test('it waits as long as the provider says, else twice as long before each further call', async () => {
  const first = refusing({ statusCode: 429, responseHeaders: { 'retry-after': '2' } });
  expect((await hear(modelOf({ first }).model)).text).toBe('I am second.');
  const limited = modelOf({ first });
  await hear(limited.model);
  expect(limited.waits).toEqual([2_000, 2_000]);
  const failing = modelOf({ first: refusing({ statusCode: 503 }) });
  await hear(failing.model);
  expect(failing.waits).toEqual([500, 1_000]);
});

test('where a provider asks to wait long, the next model is taken at once, and without one the run waits', async () => {
  const first = refusing({ statusCode: 429, responseHeaders: { 'retry-after': '30' } });
  const withNext = modelOf({ first });
  expect((await hear(withNext.model)).text).toBe('I am second.');
  expect(withNext.waits).toEqual([]);
  const alone = modelOf({ first }, { fallbacks: [] });
  expect((await hear(alone.model)).error).toMatchObject({ retryable: true, retryAfterMs: 30_000 });
  const forHours = refusing({ statusCode: 429, responseHeaders: { 'retry-after': '7200' } });
  const { model } = modelOf({ first: forHours }, { fallbacks: [] });
  expect((await hear(model)).error).toMatchObject({ retryable: false });
});

test('a model that failed is passed over by the next runs for a while, and not for longer', async () => {
  let now = new Date(0);
  const resting = createResting(() => now);
  const first = refusing({ statusCode: 401 });
  for (const seconds of [0, 10, 29]) {
    now = new Date(seconds * 1_000);
    expect((await hear(modelOf({ first }, {}, resting).model)).text).toBe('I am second.');
  }
  expect(first.doStreamCalls).toHaveLength(1);
  now = new Date(31_000);
  await hear(modelOf({ first }, {}, resting).model);
  expect(first.doStreamCalls).toHaveLength(2);
});

test('what asking again cannot mend is asked of the next model at once', async () => {
  for (const statusCode of [400, 401, 402, 403, 404, 413, 422]) {
    const first = refusing({ statusCode });
    const { model, waits } = modelOf({ first });
    expect((await hear(model)).text).toBe('I am second.');
    expect([first.doStreamCalls.length, waits.length]).toEqual([1, 0]);
  }
});

test('a failure that may pass is what is told, also when the last model failed for good', async () => {
  const models = { first: refusing({ statusCode: 503 }), second: refusing({ statusCode: 401 }) };
  const { error } = await hear(modelOf(models).model);
  expect(error).toMatchObject({ code: 'model_failed', retryable: true });
  expect(String(error)).toContain('could not be reached');
});

test('thinking and calls that grow are signs of life, and pings are none', async () => {
  const thinking = simulateReadableStream<StreamPart>({
    chunks: [
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'hm' },
      { type: 'tool-input-start', id: 'c', toolName: 'add' },
      { type: 'tool-call', toolCallId: 'c', toolName: 'add', input: '{"a":1}' },
      finish('tool-calls'),
    ],
    chunkDelayInMs: 100,
  });
  const first = new MockLanguageModelV4({ doStream: async () => ({ stream: thinking }) });
  const patient = { firstTokenMs: 350, stallMs: 350, fallbacks: [] };
  const asked = await hear(modelOf({ first }, patient).model, { ...HELLO, tools: [ADD] });
  expect(asked.events[1]).toMatchObject({ args: { a: 1 } });
  const pinging = simulateReadableStream<StreamPart>({
    chunks: Array.from({ length: 100 }, () => ({ type: 'ping' as const })),
    chunkDelayInMs: 5,
  });
  const silent = new MockLanguageModelV4({ doStream: async () => ({ stream: pinging }) });
  const { error } = await hear(modelOf({ first: silent }, { ...patient, firstTokenMs: 40 }).model);
  expect(String(error)).toContain('did not begin to answer');
});

test('what an answer used is told also where it is no answer', async () => {
  const first = speaking(finish('length'));
  const { events, error } = await hear(modelOf({ first }, { fallbacks: [] }).model);
  expect(events).toEqual([
    { type: 'usage', usage: { inputTokens: 7, outputTokens: 2 }, model: 'mock/first' },
  ]);
  expect(error).toMatchObject({ retryable: false, message: expect.stringContaining('max_output_tokens') });
});

test('a stream that ends without a reason was cut, and one with an odd reason was not', async () => {
  const ending = (raw: string | undefined): StreamPart => {
    const end = finish();
    return end.type === 'finish' ? { ...end, finishReason: { unified: 'other', raw } } : end;
  };
  const cut = await hear(modelOf({ first: speaking(text('One'), ending(undefined)) }).model);
  expect(String(cut.error)).toContain('cut off');
  const odd = await hear(modelOf({ first: speaking(text('One'), ending('because')) }).model);
  expect(odd).toMatchObject({ text: 'One', error: null });
});

test('a call of a tool where none is offered is no answer', async () => {
  const call: StreamPart = { type: 'tool-call', toolCallId: 'c', toolName: 'add', input: '{}' };
  const first = speaking(call, finish('tool-calls'));
  expect((await hear(modelOf({ first }).model)).text).toBe('I am second.');
});

test('a request that bounds the answer goes before the configuration', async () => {
  const first = speaking(text('Yes.'), finish());
  const { model } = modelOf({ first });
  await hear(model);
  await hear(model, { ...HELLO, maxOutputTokens: 9 });
  expect(first.doStreamCalls.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([500, 9]);
});

test('a stopped answer ends also where the model does not heed it', async () => {
  const first = new MockLanguageModelV4({ doStream: () => new Promise<never>(() => {}) });
  const stop = new AbortController();
  const heard = hear(modelOf({ first }).model, HELLO, stop.signal);
  stop.abort();
  expect(await heard).toEqual({ events: [], text: '', error: null });
});
