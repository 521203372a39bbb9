import { afterEach, expect, test } from 'vitest';
import { isTerminal } from '../../../src/core/runs/run-lifecycle.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';

let engine: RunEngine | null = null;
afterEach(async () => {
  await engine?.close();
  engine = null;
});

test('a message makes a thread, a run and an answer', async () => {
  engine = await startRunEngine();
  const { ingest, stores } = engine;
  engine.addWorker();
  const result = await ingest.message(incoming({ text: 'what is up?' }));
  if (result.kind !== 'run') throw new Error(`not a run: ${JSON.stringify(result)}`);
  const run = await eventually(async () => {
    const found = await stores.runs.find(result);
    return found !== null && isTerminal(found.status) ? found : null;
  }, 'the run ends');
  expect(run).toMatchObject({
    status: 'succeeded',
    workflow: 'assistant',
    attempt: 1,
    route: { rule: 'default' },
  });
  const messages = await stores.messages.tail(result.threadId, 10);
  expect(messages.map(({ role, text, seq }) => ({ role, text, seq }))).toEqual([
    { role: 'human', text: 'what is up?', seq: 1 },
    { role: 'ai', text: 'You said: what is up?', seq: 2 },
  ]);
});
