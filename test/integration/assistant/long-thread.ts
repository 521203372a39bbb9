import { randomUUID } from 'node:crypto';
import { createPromptBuilder } from '../../../src/assistant/prompt/prompt-builder.ts';
import { type Summarise, summariseBySentences } from '../../../src/assistant/prompt/summarise.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { MessageRole } from '../../../src/core/messages/message.ts';
import type { Prompt } from '../../../src/core/ports.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';

/** What a thread says before its last question. */
export type Said = { id: string; text: string; role?: MessageRole };

/** An engine whose assistants keep summaries; tells what their models are sent. */
export async function startLongThreads(options: { mongodbUri?: string; contextTokens?: number } = {}) {
  let sent: Prompt[] = [];
  let summarise: Summarise = summariseBySentences;
  const engine: RunEngine = await startRunEngine({
    ...(options.mongodbUri === undefined ? {} : { mongodbUri: options.mongodbUri }),
    prompt({ longThreads, messages }) {
      const builder = createPromptBuilder({
        sources: [],
        threads: longThreads,
        messages,
        contextTokens: options.contextTokens ?? null,
        maxOutputTokens: null,
        summarise: () => (task, signal) => summarise(task, signal),
        summariser: null,
        logger: silentLogger,
      });
      return {
        ...builder,
        async build(...asked) {
          const prompt = await builder.build(...asked);
          sent.push(prompt);
          return prompt;
        },
      };
    },
  });
  engine.addWorker();

  return {
    engine,
    stores: engine.stores,
    /** From now on summaries are made by it. */
    summariseBy(other: Summarise) {
      summarise = other;
    },
    /** Asks in a Slack thread and waits for the answer. */
    async ask(thread: string, text = 'and now?', author = { id: 'U1', name: 'Ada' }) {
      sent = [];
      const run = startedRun(await engine.ingest.message(incoming({ thread, text, author })));
      await runEnds(engine.stores, run);
      const [prompt] = sent;
      if (prompt === undefined) throw new Error('no model was called');
      return { prompt, threadId: run.threadId, messageId: run.messageId };
    },
    /** Adds what was said at another time, without runs. */
    async fill(threadId: string, said: readonly Said[]) {
      for (let from = 0; from < said.length; from += FILL_BATCH) {
        const messages = said.slice(from, from + FILL_BATCH).map(({ id, text, role = 'human' }) => ({
          id,
          role,
          text,
          createdAt: new Date(),
          ...(role === 'human' ? { author: { id: 'U1', name: 'Ada' } } : {}),
        }));
        await engine.stores.state.update(
          threadId,
          { messages, removed: [], values: {}, asNode: null },
          new Date(),
        );
      }
    },
    close: () => engine.close(),
  };
}

const FILL_BATCH = 1_000;

/** So many messages, each with its number; ids are new. */
export function chatter(count: number, from = 1): Said[] {
  return Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    text: `Fact ${from + index}: the server answers in rack ${from + index}. Nothing else is known.`,
    role: index % 2 === 0 ? 'human' : 'ai',
  }));
}
