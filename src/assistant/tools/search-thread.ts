import { z } from 'zod';
import type { Message } from '../../core/messages/message.ts';
import type { MessageStore, RunScene } from '../../core/ports.ts';
import { defineTool, type Tool } from './tool.ts';

/** Messages that are read at once: some milliseconds of work between two turns of the event loop. */
const PAGE = 500;
/** Pages that are looked through, the newest first: 10,000 messages take about half a second. */
const MAX_PAGES = 20;
/** Of a message that is found, in UTF-16 units: enough to answer from, and 20 of them fit a result. */
const EXCERPT = 1_500;
const MAX_QUERY = 400;
const DEFAULT_FOUND = 5;
const MAX_FOUND = 20;

type Found = { seq: number; who: string; at: string; text: string };

/** Finds what was said earlier in the thread by its words, also what no longer fits into the model's context. */
export function searchThread({ messages }: { messages: MessageStore }): Tool {
  return defineTool({
    name: 'search_thread',
    description:
      'Searches the older messages of this conversation by words. Use it when something said earlier is not in front of you.',
    input: z.object({
      query: z.string().min(1).max(MAX_QUERY).describe('A few words that the message holds.'),
      limit: z.int().min(1).max(MAX_FOUND).default(DEFAULT_FOUND).describe('How many messages to find.'),
    }),
    async execute({ query, limit }, scene, signal) {
      const { default: MiniSearch } = await import('minisearch');
      const index = new MiniSearch<Message>({ fields: ['text'], idField: 'id' });
      const known = new Map<string, Message>();
      for await (const page of pagesOf(scene, messages)) {
        signal.throwIfAborted();
        index.addAll(page);
        for (const message of page) known.set(message.id, message);
      }
      const hits = index.search(query, {
        prefix: true,
        fuzzy: (term) => (term.length > MIN_FUZZY ? 0.2 : false),
      });
      const found = hits.flatMap(({ id, terms }): Found[] => {
        const message = known.get(String(id));
        return message === undefined ? [] : [told(message, terms)];
      });
      return { found: found.slice(0, limit) };
    },
  });
}

/** Shorter words are other words with one letter changed. */
const MIN_FUZZY = 4;

/** What people and assistants said before this run's question, the newest page first. */
async function* pagesOf(
  { thread, run }: RunScene,
  messages: Pick<MessageStore, 'between'>,
): AsyncGenerator<Message[]> {
  let upTo = thread.lastSeq;
  for (let page = 0; page < MAX_PAGES && upTo > 0; page += 1, upTo -= PAGE) {
    const found = await messages.between(thread.id, upTo - PAGE, upTo);
    yield found.filter(
      ({ id, role, text, redactedAt }) =>
        (role === 'human' || role === 'ai') &&
        text !== '' &&
        redactedAt === null &&
        !run.triggerMessageIds.includes(id),
    );
  }
}

function told({ seq, role, author, text, createdAt }: Message, terms: readonly string[]): Found {
  const who = role === 'ai' ? 'assistant' : (author?.name ?? author?.id ?? 'somebody');
  return { seq, who, at: createdAt.toISOString(), text: excerptOf(text, terms) };
}

function excerptOf(text: string, terms: readonly string[]): string {
  if (text.length <= EXCERPT) return text;
  const lower = text.toLowerCase();
  const at = Math.min(...terms.map((term) => lower.indexOf(term)).filter((index) => index >= 0), text.length);
  const start = Math.max(0, Math.min(at - EXCERPT / 2, text.length - EXCERPT));
  const excerpt = text.slice(start, start + EXCERPT).toWellFormed();
  return `${start > 0 ? '…' : ''}${excerpt}${start + EXCERPT < text.length ? '…' : ''}`;
}
