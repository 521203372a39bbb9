import { expect, test } from 'vitest';
import type { StepRecord } from '../../../../src/core/ports.ts';
import { noTools } from '../../../../src/core/ports.ts';
import { plainPrompt } from '../../../../src/core/prompts/plain-prompt.ts';
import type { WorkflowContext } from '../../../../src/core/workflows/workflow.ts';
import { assistant } from '../../../../src/workflows/assistant/assistant.ts';

test('how long a model took is told by the clock that the workflow was given, and by no other', async () => {
  let at = Date.parse('2026-03-02T08:00:00.000Z');
  const context = {
    thread: { name: null },
    run: {},
    assistant: { id: 'support', name: 'support', instructions: '', maxSteps: 8 },
    model: {
      async *stream() {
        at += 40;
        yield { type: 'text', delta: 'Y' };
        at += 60;
        yield { type: 'text', delta: 'es.' };
      },
    },
    messages: [],
    toolbox: noTools,
    prompt: plainPrompt,
    clock: { now: () => new Date(at), sleep: async () => {} },
    signal: new AbortController().signal,
  } as unknown as WorkflowContext;

  const records: StepRecord[] = [];
  for await (const event of assistant.run(context)) if (event.type === 'step') records.push(event.record);

  expect(records).toEqual([
    expect.objectContaining({ startedAt: new Date('2026-03-02T08:00:00.000Z'), firstMs: 40, totalMs: 100 }),
  ]);
});
