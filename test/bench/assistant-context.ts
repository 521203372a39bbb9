import { createPromptBuilder } from '../../src/assistant/prompt/prompt-builder.ts';
import { summariseBySentences } from '../../src/assistant/prompt/summarise.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { conversationFor } from '../../src/core/runs/conversation.ts';
import type { Stores } from '../../src/store/index.ts';
import { readHistory } from '../../src/workers/run/read-history.ts';
import { admitted, newThread, runOn, says } from '../fixtures/admissions.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';
import type { Lab } from './lab.ts';
import { sentence, words } from './made-text.ts';

const BATCH = 1_000;
const SENTENCES_IN_MESSAGE = 4;
/** As the configuration has it unless it says otherwise. */
const MOST_CHARACTERS = 40_000;

/**
 * Milliseconds of each prompt of a run at the end of a thread of so many messages, most of them in its summary: reading
 * messages, summary and pinned ones from MongoDB, and fitting them into a budget that is smaller than they are.
 */
export async function measureContext(
  stores: Stores,
  messages: number,
  prompts: number,
  lab: Lab,
): Promise<number[]> {
  const random = seededRandom(messages);
  const vocabulary = words(random);
  const text = () =>
    Array.from({ length: SENTENCES_IN_MESSAGE }, () => sentence(random, vocabulary)).join(' ');
  const { id: threadId } = newThread();
  const thread = newThread({ id: threadId });
  await admitted(stores.inbox, runOn(thread, [says('The first question.')]));
  for (let from = 0; from < messages; from += BATCH) {
    const more = Array.from({ length: Math.min(BATCH, messages - from) }, (_, index) =>
      says(text(), { role: index % 2 === 0 ? 'human' : 'ai', author: { id: 'U1', name: 'Ada' } }),
    );
    await stores.state.update(
      threadId,
      { messages: more, removed: [], values: {}, asNode: null },
      new Date(),
    );
  }
  const { run: ref } = await admitted(stores.inbox, runOn(thread, [says('And now?')]));
  lab.say(`a thread of ${messages} messages is there`);
  const [found, run] = await Promise.all([stores.threads.find(threadId), stores.runs.find(ref)]);
  const summary = await stores.longThreads.beginSummary(threadId);
  if (found === null || run === null || summary === null) throw new Error('the thread is not there');
  const upToSeq = Math.max(0, run.ordinal - 150);
  await stores.longThreads.saveSummary({ ...summary, upToSeq, messages: upToSeq, text: text().repeat(10) });

  const builder = createPromptBuilder({
    sources: [],
    threads: stores.longThreads,
    messages: stores.messages,
    contextTokens: null,
    maxOutputTokens: null,
    summarise: () => summariseBySentences,
    summariser: null,
    logger: silentLogger,
  });
  const profile = { id: 'support', name: 'support', instructions: 'Answer.', maxSteps: 8 };
  const { signal } = new AbortController();
  const times: number[] = [];
  for (let prompt = 0; prompt < prompts; prompt += 1) {
    const begun = performance.now();
    const history = await readHistory(stores.messages, run, found);
    // A run of its own each time: a builder reads a run's summary once.
    const scene = { thread: found, run: { ...run }, assistant: profile };
    await builder.build(scene, conversationFor(run, history, MOST_CHARACTERS), [], signal);
    times.push(performance.now() - begun);
  }
  return times;
}
