import { expect, test } from 'vitest';
import type { Model, ModelEvent, ModelRequest } from '../../../../src/core/ports.ts';
import { createMeter } from '../../../../src/core/usage/meter.ts';

const PRICES = new Map([['a/one', { input: 1_000_000, output: 2_000_000, cachedInput: 1 }]]);
// 30 bytes.
const REQUEST: ModelRequest = {
  threadName: null,
  instructions: 'Be brief. ',
  messages: [{ role: 'human', text: 'How are you doing ..' }],
  tools: [],
};

const saying = (...events: (ModelEvent | Error)[]): Model => ({
  async *stream() {
    for (const event of events) {
      if (event instanceof Error) throw event;
      yield event;
    }
  },
});

async function drain(model: Model, signal = new AbortController().signal): Promise<ModelEvent[]> {
  const heard: ModelEvent[] = [];
  for await (const event of model.stream(REQUEST, signal)) heard.push(event);
  return heard;
}

const meterOf = (model: Model) => createMeter(model, { prices: PRICES, modelName: 'a/one', budget: null });

test('what a provider tells is priced by the model that answered, and told on', async () => {
  const meter = meterOf(
    saying(
      { type: 'text', delta: 'Fine.' },
      { type: 'usage', usage: { inputTokens: 10, outputTokens: 3 }, model: 'b/two' },
      { type: 'usage', usage: { inputTokens: 20, outputTokens: 4 } },
    ),
  );
  const heard = await drain(meter.model);
  expect(heard.at(-1)).toEqual({
    type: 'usage',
    model: 'a/one',
    usage: { inputTokens: 20, outputTokens: 4, costUsd: 28 },
  });
  expect(meter.spent()).toEqual({
    inputTokens: 30,
    outputTokens: 7,
    costUsd: 28,
    byModel: [
      { model: 'b/two', inputTokens: 10, outputTokens: 3 },
      { model: 'a/one', inputTokens: 20, outputTokens: 4, costUsd: 28 },
    ],
  });
});

test('a call that is cut short counts by estimate, from the moment when it is left', async () => {
  const meter = meterOf(
    saying(
      { type: 'text', delta: 'I am fine.' },
      { type: 'usage', usage: { inputTokens: 1, outputTokens: 1 } },
    ),
  );
  const stream = meter.model.stream(REQUEST, new AbortController().signal)[Symbol.asyncIterator]();
  expect(meter.spent()).toBeNull();
  await stream.next();
  const estimate = { inputTokens: 10, outputTokens: 4, costUsd: 18 };
  expect(meter.spent()).toMatchObject(estimate);
  await stream.return?.();
  expect(meter.spent()).toMatchObject(estimate);
});

test('a refused call costs nothing, and one that failed amid its answer what it said', async () => {
  const refused = meterOf(saying(new Error('429')));
  await expect(drain(refused.model)).rejects.toThrow('429');
  expect(refused.spent()).toBeNull();
  const torn = meterOf(saying({ type: 'text', delta: 'I am' }, new Error('cut')));
  await expect(drain(torn.model)).rejects.toThrow('cut');
  expect(torn.spent()).toMatchObject({ inputTokens: 10, outputTokens: 2 });
});

test('a run that was stopped before its call makes none', async () => {
  const meter = meterOf(saying({ type: 'text', delta: 'I am' }));
  expect(await drain(meter.model, AbortSignal.abort())).toEqual([]);
  expect(meter.spent()).toBeNull();
});

test('what is put aside pays for one call: a model that would call again ends, and the run asks anew', async () => {
  const settled: unknown[] = [];
  const budget = {
    reserve: async () => ({ maxOutputTokens: 300, settle: async (used: unknown) => void settled.push(used) }),
  };
  let calls = 0;
  const limits: unknown[] = [];
  const model: Model = {
    async *stream({ maxOutputTokens }, signal) {
      while (!signal.aborted) {
        calls += 1;
        limits.push(maxOutputTokens);
        yield { type: 'usage', usage: { inputTokens: 5, outputTokens: 300 } };
      }
    },
  };
  const meter = createMeter(model, { prices: PRICES, modelName: 'b/two', budget });
  await expect(drain(meter.model)).rejects.toMatchObject({ code: 'model_failed', retryable: true });
  expect({ calls, limits }).toEqual({ calls: 1, limits: [300] });
  expect(settled).toMatchObject([{ inputTokens: 5, outputTokens: 300 }]);
});
