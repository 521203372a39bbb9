import { expect, test } from 'vitest';
import { createFileIndexes } from '../../../../src/assistant/files/file-index.ts';
import type { ThreadFile } from '../../../../src/core/files/thread-file.ts';
import type { FileStore } from '../../../../src/core/ports.ts';

/** What a thread's files say, by their names. */
function filesThatSay(texts: Record<string, string>): FileStore {
  const files = Object.keys(texts).map((name) => ({ id: name, threadId: 't', name, status: 'text' }));
  return {
    list: async () => files as ThreadFile[],
    text: async (_threadId: string, fileId: string) => texts[fileId] ?? null,
  } as unknown as FileStore;
}

const FILES = {
  'warranty.md':
    '# Warranty\n\nBroken handles are replaced within two years.\n\n# Returns\n\nA refund takes five days.',
  '保証.txt': '保証期間は購入日から二年間です。\n\n返金には五営業日かかります。',
  'การรับประกัน.txt': 'การรับประกันมีอายุสองปี',
  'code.ts': 'export const maxRetries = 3;',
};

test.each([
  ['replacing a broken handle', 'warranty.md', 'replaced within two years'],
  ['how long do refunds take', 'warranty.md', 'five days'],
  ['返金', '保証.txt', '返金には五営業日'],
  ['保証期間', '保証.txt', '二年間'],
  ['รับประกัน', 'การรับประกัน.txt', 'สองปี'],
  ['retries', 'code.ts', 'maxRetries'],
])('"%s" finds its passage', async (query, file, words) => {
  const index = await createFileIndexes(filesThatSay(FILES)).of('t');
  const [best] = index.search(query, undefined, 3);
  expect(best?.file).toBe(file);
  expect(best?.passage).toContain(words);
});

test('words that stand in no file find nothing, and a file is searched alone where it is named', async () => {
  const index = await createFileIndexes(filesThatSay(FILES)).of('t');
  expect(index.search('zebra 動物園', undefined, 3)).toEqual([]);
  expect(index.search('refund', 'code.ts', 3)).toEqual([]);
  expect(index.names).toHaveLength(4);
});
