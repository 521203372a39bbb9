import { type Workflow, type WorkflowContext, defineWorkflow } from '../../../src/core/workflows/workflow.ts';

/** The workflow of every assistant, saying what the test tells it to. */
export function saying(
  tell: (context: WorkflowContext, question: string) => AsyncIterable<string>,
): Workflow {
  return defineWorkflow({
    name: 'assistant',
    description: 'Says what a test tells it to.',
    async *run(context) {
      const question = context.messages.findLast(({ role }) => role === 'human')?.text ?? '';
      for await (const delta of tell(context, question)) yield { type: 'text', delta };
    },
  });
}

/** Resolves when the run is to stop. */
export function untilStopped({ signal }: WorkflowContext): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A promise that a test resolves when the workflow may go on. */
export function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: () => resolve(), opened: promise };
}
