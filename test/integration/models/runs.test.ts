import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Toolbox } from '../../../src/core/ports.ts';
import { type Answer, type ModelVendor, startModelVendor } from '../../fakes/model-vendor/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { hostedModels } from '../../fixtures/hosted-models.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';

let vendor: ModelVendor;
let engine: RunEngine;
let modelFor: ReturnType<typeof hostedModels>;
beforeAll(async () => {
  vendor = await startModelVendor();
  engine = await startRunEngine({ model: (_scene, question) => modelFor(question), toolbox: clock });
  engine.addWorker();
});
afterAll(async () => {
  await engine.close();
  await vendor.close();
});

const clock: Toolbox = {
  list: async () => [{ name: 'time', description: 'Tells the time.', inputSchema: { type: 'object' } }],
  call: async () => ({ result: 'noon', isError: false }),
};

async function ask(model: string, message: Parameters<typeof incoming>[0] = {}) {
  modelFor = hostedModels(vendor, model);
  const asked = await engine.ingest.message(incoming(message));
  if (asked.kind !== 'run') throw new Error(asked.kind);
  const run = await eventually(async () => {
    const found = await engine.stores.runs.find(asked);
    return found?.endedAt ? found : null;
  }, 'the run ends');
  const failed = run.status === 'failed';
  const record = failed
    ? null
    : await eventually(() => engine.stores.records.find(asked), 'what it sent to models is kept');
  const messages = await engine.stores.messages.tail(asked.threadId, 20);
  return { run, said: messages.slice(1).map(({ role, text }) => [role, text]), steps: record?.steps ?? [] };
}

const says = (...text: string[]): Answer => ({ kind: 'says', text });

test('a question becomes a run whose answer, tools and usage are those of the provider', async () => {
  const calls = [{ id: 'c1', name: 'time', args: {} }];
  vendor.will('x', { kind: 'says', calls, usage: { input: 20, output: 3 } }, says('It is ', 'noon.'));
  const { run, said, steps } = await ask('openai/x');
  expect(said).toEqual([
    ['ai', ''],
    ['tool', 'noon'],
    ['ai', 'It is noon.'],
  ]);
  expect(steps.map(({ model }) => model)).toEqual(['openai/x', 'openai/x']);
  expect(run).toMatchObject({ status: 'succeeded', usage: { inputTokens: 30, outputTokens: 8 } });
});

test('an answer that breaks off is given anew, whole, by the next attempt, which a rule sends to a better model', async () => {
  vendor.will('small', { kind: 'says', text: ['The ', 'first '], breaks: { after: 1, by: 'cut' } });
  vendor.will('big', says('The ', 'second.'));
  const { run, said } = await ask(
    '{ use: openai/small, rules: [{ when: { run.attempt: { $gte: 2 } }, use: openai/big }] }',
  );
  expect(run).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(said).toEqual([['ai', 'The second.']]);
});

test('a message with a file and a long one go where rules send them', async () => {
  const rules = `{ use: other/plain, rules: [
    { when: { message.attachments.types: image/png }, use: other/seeing },
    { when: { message.length: { $gt: 100 } }, use: other/long } ] }`;
  const file = { id: 'F1', name: 'a.png', mediaType: 'image/png', sizeBytes: 3, url: null };
  const first = await ask(rules, { attachments: [file] });
  expect(first.steps.map(({ model }) => model)).toEqual(['other/seeing']);
  const second = await ask(rules, { text: 'long '.repeat(30) });
  expect(second.steps.map(({ model }) => model)).toEqual(['other/long']);
});

test('where no model answers, the run fails with a sentence for people', async () => {
  vendor.will('gone', { kind: 'refuses', status: 404, code: 'model_not_found' });
  const { run, said } = await ask('anthropic/gone');
  expect(said).toEqual([]);
  expect(run.status).toBe('failed');
  expect(run.error).toEqual({
    code: 'model_failed',
    message:
      'The provider has no model anthropic/gone; whoever runs this bot must mend "model" in threadrelay.yaml. Send your message again to retry.',
  });
});
