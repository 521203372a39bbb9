import { defineWorkflow } from '../../src/core/workflows/workflow.ts';

/** What the poison of a question does to the attempt that answers it; any other question is answered. */
export const POISONS = ['throw', 'hang', 'kill'] as const;
export type Poison = (typeof POISONS)[number];

/** Healthy answers take a moment, in which they stand beside the poison. */
const ANSWERED_AFTER_MS = 800;

/** Takes the place of every assistant: what a question says is what becomes of its run. */
export const poisonous = defineWorkflow({
  name: 'assistant',
  description: 'Answers, throws, hangs or kills its process, as the question says.',
  async *run({ messages }) {
    const question = messages.findLast(({ role }) => role === 'human')?.text ?? '';
    const isPoison = POISONS.some((poison) => question.startsWith(poison));
    if (isPoison) yield { type: 'text', delta: 'Let me see.' };
    if (question.startsWith('throw')) throw new Error('poison');
    // Deaf to the signal, as a hung call is.
    if (question.startsWith('hang')) await new Promise(() => {});
    if (question.startsWith('kill')) process.kill(process.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, ANSWERED_AFTER_MS));
    // At once: of a hundred answers Slack would not take the edits.
    yield { type: 'text', delta: `You said ${question}` };
  },
});
