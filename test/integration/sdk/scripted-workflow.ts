import { setTimeout as delay } from 'node:timers/promises';
import { ThreadrelayError } from '../../../src/core/errors.ts';
import { defineWorkflow, type Workflow, type WorkflowEvent } from '../../../src/core/workflows/workflow.ts';

export type ScriptedWorkflow = {
  workflow: Workflow;
  /** Lets all go on that `hold`. */
  letGo(): void;
};

/**
 * Does what the last message says: `echo TEXT`; `count N` says so many words, a few milliseconds apart; `hold` says a word
 * and waits to be let go or stopped; `fail`; `work` calls tools, one of which fails, and tells something of its own.
 */
export function createScriptedWorkflow(): ScriptedWorkflow {
  let gate = Promise.withResolvers<void>();

  async function* hold(signal: AbortSignal): AsyncIterable<WorkflowEvent> {
    yield { type: 'text', delta: 'Holding' };
    const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await Promise.race([gate.promise, stopped]);
    if (!signal.aborted) yield { type: 'text', delta: ' no more' };
  }

  const workflow = defineWorkflow({
    name: 'assistant',
    description: 'Does what it is told.',
    async *run({ messages, signal }) {
      const [command = '', ...rest] = (messages.at(-1)?.text ?? '').split(' ');
      if (command === 'hold') yield* hold(signal);
      else if (command === 'count') yield* count(Number(rest[0]), signal);
      else if (command === 'work') yield* WORK;
      else if (command === 'fail') throw new ThreadrelayError('workflow_failed', 'The oven is cold.');
      else for (const word of ['You said:', ...rest]) yield { type: 'text', delta: `${word} ` };
    },
  });
  return {
    workflow,
    letGo() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
  };
}

async function* count(to: number, signal: AbortSignal): AsyncIterable<WorkflowEvent> {
  for (let n = 1; n <= to && !signal.aborted; n += 1) {
    await delay(5);
    yield { type: 'text', delta: `n${n} ` };
  }
}

const WORK: readonly WorkflowEvent[] = [
  { type: 'text', delta: 'Let me see. ' },
  { type: 'tool_call', id: 'call-1', name: 'look_up', args: { order: 4711 } },
  { type: 'tool_result', id: 'call-1', name: 'look_up', result: { found: true }, isError: false },
  { type: 'tool_call', id: 'call-2', name: 'ship', args: {} },
  { type: 'tool_result', id: 'call-2', name: 'ship', result: 'no ship today', isError: true },
  { type: 'custom', name: 'progress', data: { share: 0.5 } },
  { type: 'text', delta: 'It is on its way.' },
];
