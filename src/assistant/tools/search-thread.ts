import { z } from 'zod';
import type { MessageStore } from '../../core/ports.ts';
import { type ThreadHit, indexThread } from './thread-index.ts';
import { defineTool, type Tool } from './tool.ts';

/** Of a message that is found, in UTF-16 units: enough to answer from, and 20 of them fit a result. */
const EXCERPT = 1_500;
const MAX_QUERY = 400;
const DEFAULT_FOUND = 5;
const MAX_FOUND = 20;

type Found = { seq: number; who: string; at: string; text: string };

/** Finds what was said earlier in the thread by its words, also what no longer fits into the model's context. */
export function searchThread({ messages }: { messages: Pick<MessageStore, 'between'> }): Tool {
  return defineTool({
    name: 'search_thread',
    description:
      'Searches the older messages of this conversation by words. Use it when something said earlier is not in front of you.',
    input: z.object({
      query: z.string().min(1).max(MAX_QUERY).describe('A few words that the message holds.'),
      limit: z.int().min(1).max(MAX_FOUND).default(DEFAULT_FOUND).describe('How many messages to find.'),
    }),
    async execute({ query, limit }, scene, signal) {
      const index = await indexThread(scene, messages, signal);
      const found = index.search(query).slice(0, limit).map(told);
      const notes = [
        ...(found.length === 0 ? ['Nothing was found. Try other words.'] : []),
        ...(index.isWhole
          ? []
          : ['The oldest messages were not looked through: the conversation is too long.']),
      ];
      return { found, ...(notes.length === 0 ? {} : { note: notes.join(' ') }) };
    },
  });
}

function told({ message: { seq, role, author, text, createdAt }, terms }: ThreadHit): Found {
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
