import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { ScriptStep } from '../../../src/assistant/scripted-model.ts';
import type { ToolCall } from '../../../src/core/messages/message.ts';
import type { Toolbox } from '../../../src/core/ports.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';

let engine: RunEngine;
afterEach(() => engine.close());

const add = { name: 'add', description: 'Adds two numbers.', inputSchema: { type: 'object' } };

function adding(called: ToolCall[]): Toolbox {
  return {
    list: async () => [add],
    async call(call) {
      called.push(call);
      const { a, b } = call.args;
      if (typeof a === 'number' && typeof b === 'number') return { result: { sum: a + b }, isError: false };
      return { result: 'a and b must be numbers', isError: true };
    },
  };
}

async function ask(steps: ScriptStep[], toolbox: Toolbox) {
  engine = await startRunEngine({ script: { delayMs: 0, steps }, toolbox });
  engine.addWorker();
  const asked = await engine.ingest.message(incoming({ sourceId: randomUUID() }));
  if (asked.kind !== 'run') throw new Error(asked.kind);
  const run = await eventually(async () => {
    const found = await engine.stores.runs.find(asked);
    return found?.status === 'succeeded' ? found : null;
  }, 'the run succeeds');
  return { run, messages: await engine.stores.messages.tail(asked.threadId, 50) };
}

test('calls and results are messages of the thread, in the order in which they were said', async () => {
  const called: ToolCall[] = [];
  const { run, messages } = await ask(
    [
      { kind: 'text', text: 'Let me see.' },
      {
        kind: 'calls',
        calls: [
          { name: 'add', args: { a: 1, b: 2 } },
          { name: 'add', args: { a: 'x' } },
        ],
      },
      { kind: 'text', text: 'It is three.' },
    ],
    adding(called),
  );
  expect(messages.map(({ role, text, toolCallId }) => [role, text, toolCallId])).toEqual([
    ['human', 'hello', null],
    ['ai', 'Let me see.', null],
    ['tool', '{"sum":3}', 'call-1-1'],
    ['tool', 'a and b must be numbers', 'call-1-2'],
    ['ai', 'It is three.', null],
  ]);
  expect(messages[1]?.toolCalls).toEqual(called);
  expect(run.messageIds).toEqual(messages.slice(1).map(({ id }) => id));
});

test('in the last step allowed a model gets no tools, so that it answers', async () => {
  const called: ToolCall[] = [];
  const again: ScriptStep = { kind: 'calls', calls: [{ name: 'add', args: { a: 1, b: 1 } }] };
  const { messages } = await ask(
    Array.from({ length: 20 }, () => again),
    adding(called),
  );
  expect(called).toHaveLength(7);
  expect(messages.at(-1)).toMatchObject({ role: 'ai', toolCalls: [] });
});

test('a tool that was not offered is not called', async () => {
  const called: ToolCall[] = [];
  const none: Toolbox = { ...adding(called), list: async () => [] };
  await ask([{ kind: 'calls', calls: [{ name: 'add', args: {} }] }], none);
  expect(called).toEqual([]);
});

test('an attempt that is given up in the middle of a tool leaves nothing, and the next one begins anew', async () => {
  const called = Promise.withResolvers<void>();
  let calls = 0;
  const slow: Toolbox = {
    list: async () => [add],
    async call(_, signal) {
      calls += 1;
      called.resolve();
      if (calls === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { result: calls, isError: false };
    },
  };
  const steps: ScriptStep[] = [
    { kind: 'text', text: 'Let me see.' },
    { kind: 'calls', calls: [{ name: 'add', args: {} }] },
    { kind: 'text', text: 'Done.' },
  ];
  engine = await startRunEngine({ script: { delayMs: 0, steps }, toolbox: slow });
  const first = engine.addWorker();
  const asked = await engine.ingest.message(incoming());
  if (asked.kind !== 'run') throw new Error(asked.kind);
  await called.promise;
  await first.stop();
  expect(await engine.stores.messages.tail(asked.threadId, 50)).toHaveLength(1);
  engine.addWorker();
  await engine.queues.doorbells.ringThread(asked.threadId);
  await eventually(async () => {
    const found = await engine.stores.runs.find(asked);
    return found?.status === 'succeeded' ? found : null;
  }, 'the run succeeds');
  const messages = await engine.stores.messages.tail(asked.threadId, 50);
  expect(messages.map(({ text }) => text)).toEqual(['hello', 'Let me see.', '2', 'Done.']);
});
