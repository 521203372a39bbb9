import { setImmediate as turn } from 'node:timers/promises';
import type { Message } from '../../core/messages/message.ts';
import type { MessageStore, RunScene } from '../../core/ports.ts';
import { wasSaidBefore } from '../../core/runs/conversation.ts';
import { wordsOf } from '../knowledge/terms.ts';

/** Steps of the thread that are read at once. */
const PAGE = 500;
/** Pages that are looked through, the newest first. */
const MAX_PAGES = 20;
/** Text that is looked through, in UTF-16 units: half a second of work. */
const MOST_CHARACTERS = 2_000_000;
/** Text that is indexed before others get their turn: some ten milliseconds. */
const CHARACTERS_AT_ONCE = 50_000;
/** Shorter words are other words with one letter changed. */
const MIN_FUZZY = 4;

export type ThreadHit = { message: Message; terms: readonly string[] };

export type ThreadIndex = {
  /** Best first, with the words of the message that were found. */
  search(query: string): ThreadHit[];
  /** Whether the thread was looked through to its beginning. */
  isWhole: boolean;
};

/** What people and assistants said before a run's question, by its words. @throws the signal's reason */
export async function indexThread(
  scene: RunScene,
  messages: Pick<MessageStore, 'between'>,
  signal: AbortSignal,
): Promise<ThreadIndex> {
  const { default: MiniSearch } = await import('minisearch');
  const index = new MiniSearch<{ id: string; text: string }>({ fields: ['text'], tokenize: wordsOf });
  const known = new Map<string, Message>();
  let left = MOST_CHARACTERS;
  let sincePause = 0;
  let upTo = scene.thread.lastSeq;
  for (let page = 0; page < MAX_PAGES && upTo > 0 && left > 0; page += 1, upTo -= PAGE) {
    const found = await messages.between(scene.thread.id, upTo - PAGE, upTo);
    for (const message of found.toReversed().filter((each) => isToBeFound(each, scene))) {
      if (left <= 0) break;
      const text = message.text.slice(0, left);
      left -= text.length;
      sincePause += text.length;
      index.add({ id: message.id, text });
      known.set(message.id, message);
      if (sincePause < CHARACTERS_AT_ONCE) continue;
      sincePause = 0;
      await turn();
      signal.throwIfAborted();
    }
    signal.throwIfAborted();
  }
  return {
    isWhole: upTo <= 0 && left > 0,
    search(query) {
      const hits = index.search(query, {
        prefix: true,
        fuzzy: (term) => (term.length > MIN_FUZZY ? 0.2 : false),
      });
      if (hits.length === 0) return holding(query, known);
      return hits.flatMap(({ id, terms }) => {
        const message = known.get(String(id));
        return message === undefined ? [] : [{ message, terms }];
      });
    },
  };
}

function isToBeFound(message: Message, { run }: RunScene): boolean {
  const { role, text, redactedAt } = message;
  const isSpoken = (role === 'human' || role === 'ai') && text !== '';
  return isSpoken && redactedAt === null && wasSaidBefore(run, message);
}

/** Those that hold the query as it stands, the newest first: part of a number, say. */
function holding(query: string, known: ReadonlyMap<string, Message>): ThreadHit[] {
  const sought = query.trim().toLowerCase();
  if (sought === '') return [];
  return [...known.values()]
    .filter(({ text }) => text.toLowerCase().includes(sought))
    .map((message) => ({ message, terms: [sought] }));
}
