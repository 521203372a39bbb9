import { createScriptedModel } from '../../src/assistant/scripted-model.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Toolbox } from '../../src/core/ports.ts';
import { plainPrompt } from '../../src/core/prompts/plain-prompt.ts';
import type { WorkflowContext } from '../../src/core/workflows/workflow.ts';
import { assistant } from '../../src/workflows/assistant/assistant.ts';

const tool = { name: 'look', description: 'Looks.', inputSchema: { type: 'object' } };

const toolbox: Toolbox = {
  list: async () => [tool],
  call: async () => ({ result: { seen: true }, isError: false }),
};

/** Milliseconds of each run of the loop: a model that waits for nothing, one tool call, 50 pieces of text. */
export async function measureLoop(runs: number): Promise<number[]> {
  const model = createScriptedModel(
    {
      delayMs: 0,
      steps: [
        { kind: 'calls', calls: [{ name: 'look', args: {} }] },
        { kind: 'tokens', tokens: 50 },
      ],
    },
    'support',
    systemClock,
  );
  const times: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    const begun = performance.now();
    for await (const event of assistant.run(contextOf(model))) void event;
    times.push(performance.now() - begun);
  }
  return times;
}

function contextOf(model: WorkflowContext['model']): WorkflowContext {
  const thread = { id: 't1', projectId: 'default', assistantId: 'support', name: 'Bench', metadata: {} };
  return {
    thread,
    run: { id: 'r1', threadId: 't1', attempt: 1 },
    assistant: { id: 'support', name: 'support', instructions: 'Answer.', maxSteps: 8 },
    model,
    toolbox,
    prompt: plainPrompt,
    messages: [],
    clock: systemClock,
    signal: new AbortController().signal,
  } as unknown as WorkflowContext;
}
