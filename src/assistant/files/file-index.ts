import type { ThreadFile } from '../../core/files/thread-file.ts';
import type { FileStore } from '../../core/ports.ts';
import { split } from '../knowledge/split.ts';
import { termOf, wordsOf } from '../knowledge/terms.ts';

/** Text of one thread that is searched, the newest files first: half a second of work. */
const MOST_CHARACTERS = 2_000_000;
/** Passages that are indexed before others get their turn. */
const INDEX_BATCH = 50;
/** Threads whose index is kept for the next search; the largest take some 30 MB. */
const MOST_INDEXES = 2;

export type Passage = { file: string; passage: string };

export type FileIndex = {
  /** Of the files that are searched. */
  names: readonly string[];
  /** The best passages, by the words of the query; of one file where it is named. */
  search(query: string, file: string | undefined, most: number): Passage[];
};

/** Indexes of threads' files, made when they are searched and kept while the files stay the same. */
export function createFileIndexes(files: FileStore): { of(threadId: string): Promise<FileIndex> } {
  const made = new Map<string, Promise<FileIndex>>();
  return {
    async of(threadId) {
      const readable = (await files.list(threadId)).filter(({ status }) => status === 'text').toReversed();
      const key = readable.map(({ id }) => id).join();
      const kept = made.get(key);
      const index = kept ?? build(files, readable);
      made.delete(key);
      made.set(key, index);
      // A failure is not kept.
      index.catch(() => made.delete(key));
      const [oldest] = made.keys();
      if (made.size > MOST_INDEXES && oldest !== undefined) made.delete(oldest);
      return index;
    },
  };
}

async function build(files: FileStore, readable: readonly ThreadFile[]): Promise<FileIndex> {
  const { default: MiniSearch } = await import('minisearch');
  const passages: (Passage & { id: number })[] = [];
  const names: string[] = [];
  let left = MOST_CHARACTERS;
  for (const { id, threadId, name } of readable) {
    if (left <= 0) break;
    const text = (await files.text(threadId, id))?.slice(0, left);
    if (text === undefined) continue;
    left -= text.length;
    names.push(name);
    // Extraction gives Markdown where a file has headings; text without any is cut at its paragraphs all the same.
    for (const { heading, text: passage } of split(text, 'markdown')) {
      const whole = heading === '' ? passage : `${heading}\n\n${passage}`;
      passages.push({ id: passages.length, file: name, passage: whole });
    }
  }
  const search = new MiniSearch<Passage & { id: number }>({
    fields: ['passage', 'file'],
    tokenize: wordsOf,
    processTerm: termOf,
  });
  await search.addAllAsync(passages, { chunkSize: INDEX_BATCH });
  return {
    names,
    search(query, file, most) {
      const found = search.search(query, {
        boost: { file: 0.5 },
        prefix: (term) => term.length > 3,
        fuzzy: (term) => (term.length > 5 ? 0.2 : false),
        ...(file === undefined ? {} : { filter: ({ id }) => passages[Number(id)]?.file === file }),
      });
      return found.slice(0, most).flatMap(({ id }) => {
        const passage = passages[Number(id)];
        return passage === undefined ? [] : [{ file: passage.file, passage: passage.passage }];
      });
    },
  };
}
