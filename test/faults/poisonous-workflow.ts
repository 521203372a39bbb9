import { defineWorkflow } from '../../src/core/workflows/workflow.ts';

/** What the poison of a question does to the attempt that answers it; any other question is answered. */
export const POISONS = ['throw', 'hang', 'kill'] as const;
export type Poison = (typeof POISONS)[number];

/** Waits between words, so that healthy answers take a moment and stand beside the poison. */
const WORD_MS = 40;
const WORDS = 20;

/** Takes the place of every assistant: what a question says is what becomes of its run. */
export const poisonous = defineWorkflow({
  name: 'assistant',
  description: 'Answers, throws, hangs or kills its process, as the question says.',
  async *run({ messages, signal }) {
    const question = messages.findLast(({ role }) => role === 'human')?.text ?? '';
    yield { type: 'text', delta: `You said ${question}:` };
    if (question.startsWith('throw')) throw new Error('poison');
    // Deaf to the signal, as a hung call is.
    if (question.startsWith('hang')) await new Promise(() => {});
    if (question.startsWith('kill')) process.kill(process.pid, 'SIGKILL');
    for (let word = 1; word <= WORDS && !signal.aborted; word += 1) {
      await new Promise((resolve) => setTimeout(resolve, WORD_MS));
      yield { type: 'text', delta: ` ${word}` };
    }
  },
});
