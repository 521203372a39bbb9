import { afterEach, expect, test } from 'vitest';
import { createAssistantServices } from '../../../src/app/assistant-services.ts';
import { parseConfig } from '../../../src/app/config/parse-config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Model } from '../../../src/core/ports.ts';
import { defineWorkflow } from '../../../src/core/workflows/workflow.ts';
import { assistant } from '../../../src/workflows/assistant/assistant.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { DOCS_LINK, fillDocs } from '../../fixtures/fill-docs.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';

let engine: RunEngine;
afterEach(() => engine.close());

/** The run engine, with the model `offline` of an assistant that knows `docs`. */
async function startOffline(config = 'assistants: {support: {model: offline, knowledge: [docs]}}') {
  const support = parseConfig(config, { file: 'test.yaml' }).assistants.get('support');
  if (support === undefined) throw new Error('no assistant');
  const pieces: string[] = [];
  const offline = defineWorkflow({
    name: 'assistant',
    description: 'The assistant, on its model.',
    async *run(context) {
      const scene = { thread: context.thread, run: context.run, assistant: context.assistant };
      const services = createAssistantServices({
        clock: { ...systemClock, sleep: async () => {} },
        newId: () => 'id',
        stores: engine.stores,
        logger: silentLogger,
      });
      const question = undefined as unknown as Parameters<typeof services.model>[2];
      const model: Model = services.model(support, scene, question);
      for await (const event of assistant.run({ ...context, model })) {
        if (event.type === 'text') pieces.push(event.delta);
        yield event;
      }
    },
  });
  engine = await startRunEngine({ workflows: [offline] });
  engine.addWorker();
  const thread = 'offline';
  const ask = async (text: string) => {
    const asked = await engine.ingest.message(incoming({ thread, text }));
    if (asked.kind !== 'run') throw new Error(asked.kind);
    await eventually(
      async () => ((await engine.stores.runs.find(asked))?.status === 'succeeded' ? true : null),
      'the run succeeds',
    );
    return (await engine.stores.messages.tail(asked.threadId, 1)).at(-1)?.text ?? '';
  };
  return { ask, pieces };
}

test('an answer is sentences of the knowledge, streamed by words, with links to where they stand', async () => {
  const { ask, pieces } = await startOffline();
  await fillDocs(engine.stores.knowledge);

  const answer = await ask('How do I make an API key?');

  expect(answer).toContain('threadrelay keys create --project default --scope write');
  expect(answer).toContain(`](${DOCS_LINK}/operations.md#api-keys)`);
  expect(pieces.length).toBeGreaterThan(20);
  expect(pieces.join('')).toBe(answer);
  expect(await ask('And revoke it?')).toContain('threadrelay keys revoke ID');
});

test('what the knowledge does not tell is not answered', async () => {
  const { ask } = await startOffline();
  expect(await ask('How do I make an API key?')).toContain('my knowledge "docs" is empty');
  await fillDocs(engine.stores.knowledge);
  expect(await ask('Who painted the ceiling of the Sistine Chapel?')).toMatch(
    /^I found nothing about this in my knowledge \("docs"\)/,
  );
});

test('an assistant without knowledge says that it has none', async () => {
  const { ask } = await startOffline('assistants: {support: {model: offline}}');
  expect(await ask('How do I make an API key?')).toContain('has no `knowledge` in its configuration');
});
