import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { ScriptStep } from '../../../src/assistant/scripted-model.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { type RunRecord, type Toolbox, noTools } from '../../../src/core/ports.ts';
import { wholeSteps } from '../../../src/core/runs/record-steps.ts';
import type { RunRef } from '../../../src/core/runs/run.ts';
import { defineWorkflow } from '../../../src/core/workflows/workflow.ts';
import { assistant } from '../../../src/workflows/assistant/assistant.ts';
import { eventually } from '../../fixtures/eventually.ts';
import {
  incoming,
  type RunEngine,
  type RunEngineOptions,
  startRunEngine,
} from '../../fixtures/run-engine.ts';

let engine: RunEngine;
afterEach(() => engine.close());

const text = (said: string): ScriptStep => ({ kind: 'text', text: said });
const look: ScriptStep = { kind: 'calls', calls: [{ name: 'look', args: { at: 'the sky' } }] };
const looking: Toolbox = {
  list: async () => [{ name: 'look', description: 'Looks.', inputSchema: { type: 'object' } }],
  call: async () => ({ result: 'blue', isError: false }),
};

/** The assistant, in whose prompts there is also a summary of what was said. */
const summarising = defineWorkflow({
  ...assistant,
  run: (context) =>
    assistant.run({
      ...context,
      prompt: {
        async build(scene, messages, tools, signal) {
          const { instructions, messages: built } = await context.prompt.build(
            scene,
            messages,
            tools,
            signal,
          );
          const summary = `So far: ${messages.map((message) => message.text).join(', ')}`;
          return {
            instructions: `${instructions}\n\nRemember: ${messages[0]?.text ?? ''}`,
            messages: [{ role: 'system', text: summary }, ...built],
          };
        },
      },
    }),
});

async function start(options: RunEngineOptions): Promise<void> {
  engine = await startRunEngine(options);
  engine.addWorker();
}

async function ask(said: string, thread: string = randomUUID()): Promise<RunRef> {
  const asked = await engine.ingest.message(incoming({ text: said, thread, startsThread: false }));
  if (asked.kind !== 'run') throw new Error(asked.kind);
  await eventually(async () => {
    const run = await engine.stores.runs.find(asked);
    return run?.endedAt ?? null;
  }, 'the run ends');
  return asked;
}

function recordOf(run: RunRef): Promise<RunRecord> {
  return eventually(() => engine.stores.records.find(run), 'the record is there');
}

test('a run keeps what each call of the model was sent: messages of the thread by their ids alone', async () => {
  await start({
    script: { delayMs: 0, steps: [text('Let me see.'), look, text('It is blue.')] },
    toolbox: looking,
  });

  const run = await ask('What colour is the sky?');
  const record = await recordOf(run);
  const messages = await engine.stores.messages.tail(run.threadId, 10);

  const [question, , result] = messages;
  expect(record).toMatchObject({ projectId: 'default', assistantId: 'support', instructions: '' });
  expect(record.assistantVersion).toMatch(/^[0-9a-f]{12}$/);
  expect(record.steps).toMatchObject([
    { attempt: 1, tools: ['look'], same: 0, messages: [{ role: 'human', id: question?.id }] },
    { attempt: 1, tools: ['look'], same: 1, usage: { outputTokens: 3 } },
  ]);
  expect(wholeSteps(record.steps)[1]?.messages).toEqual(
    messages.slice(0, 3).map(({ role, id }) => ({ role, id })),
  );
  expect(result?.role).toBe('tool');
  expect(JSON.stringify(record)).not.toContain('sky');
});

test('attempts that failed leave their steps as well, each once', async () => {
  await start({
    script: { delayMs: 0, steps: [text('Well'), { kind: 'error', message: 'away', retryable: true }] },
  });

  const run = await ask('hello');
  // The last attempt is recorded after its run has ended.
  const { steps } = await eventually(async () => {
    const record = await engine.stores.records.find(run);
    return record !== null && record.steps.length >= 3 && record;
  }, 'all attempts are recorded');

  expect(steps.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(steps[0]?.firstMs).not.toBeNull();
});

test('what was made of messages is kept as text, and goes when one of them is redacted', async () => {
  await start({ workflows: [summarising] });
  const run = await ask('my number is 0815');
  const kept = await recordOf(run);
  expect(kept.steps[0]).toMatchObject({ added: '\n\nRemember: my number is 0815' });
  expect(kept.steps[0]?.messages[0]).toEqual({ role: 'system', text: 'So far: my number is 0815' });

  const [question] = await engine.stores.messages.tail(run.threadId, 10);
  await engine.stores.messages.redact(run.threadId, [question?.id ?? ''], new Date());

  const record = await recordOf(run);
  expect(JSON.stringify(record)).not.toContain('0815');
  expect(record.steps[0]?.messages).toEqual([
    { role: 'system', text: null },
    { role: 'human', id: question?.id },
  ]);
});

test('a deleted thread takes its records with it, and one that comes late does not stay', async () => {
  await start({});
  const run = await ask('hello');
  const record = await recordOf(run);

  await engine.stores.threads.delete(run.threadId);
  expect(await engine.stores.records.find(run)).toBeNull();

  await engine.stores.records.add({ ...record, fence: 9 });
  expect(await engine.stores.records.find(run)).toBeNull();
});

test('a record that cannot be stored is told, and the run ends all the same', async () => {
  const warned: string[] = [];
  const warn: Logger['warn'] = (_fields, what) => void warned.push(what);
  const logger: Logger = { debug() {}, info() {}, warn, error() {} };
  engine = await startRunEngine({ logger, toolbox: noTools });
  await engine.database.connection.collection('run_records').drop();
  await engine.database.connection.db?.createCollection('run_records', { validator: { never: true } });
  engine.addWorker();

  const run = await ask('hello');

  expect((await engine.stores.runs.find(run))?.status).toBe('succeeded');
  await eventually(
    async () => (warned.includes('the record of a run was not stored') ? true : null),
    'it is told',
  );
});
