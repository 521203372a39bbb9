import { expect, test } from 'vitest';
import { createSearchFiles } from '../../../../src/assistant/tools/search-files.ts';
import { searchThread } from '../../../../src/assistant/tools/search-thread.ts';
import { createToolbox } from '../../../../src/assistant/tools/toolbox.ts';
import type { ThreadFile } from '../../../../src/core/files/thread-file.ts';
import { COPIES_OF_FILES, copiesOfMessages, isCopy } from '../../../../src/core/messages/copied-results.ts';
import { toolResultText } from '../../../../src/core/messages/tool-result-text.ts';
import type { MessageStore } from '../../../../src/core/ports.ts';
import { testScene } from '../../../fixtures/scene.ts';
import { storedMessage } from '../../../fixtures/stored-message.ts';
import { memoryFiles, NEVER } from '../files/memory-files.ts';

const said = ['My number is 0815.', 'It is "seq":3, my number.', 'Whose number?'].map((text, index) =>
  storedMessage({ id: `m${index + 1}`, seq: index + 1, text, author: { id: 'U1', name: 'Ada' } }),
);
const messages: Pick<MessageStore, 'between'> = {
  between: async (_threadId, after, upTo) => said.filter(({ seq }) => seq > after && seq <= upTo),
};

/** What a tool gave, as its message holds it. */
async function resultOf(name: 'search_thread' | 'search_files', query: string): Promise<string> {
  const files = memoryFiles();
  const file = { id: 'f1', threadId: 't1', attachmentId: 'F1', name: 'a.txt', status: 'text' } as ThreadFile;
  await files.save(file, { bytes: null, text: 'Their number is 0815.' });
  const scene = testScene();
  const thread = { ...scene.thread, lastSeq: 4 };
  const run = { ...scene.run, ordinal: 4, triggerMessageIds: ['m4'] };
  const toolbox = createToolbox([searchThread({ messages }), createSearchFiles({ files })], {
    ...scene,
    thread,
    run,
  });
  const { result, isError } = await toolbox.call({ id: 'c1', name, args: { query } }, NEVER);
  expect(isError).toBe(false);
  return toolResultText(result);
}

test('a result of search_thread is a copy of the messages that it shows, and of no other', async () => {
  const text = await resultOf('search_thread', '0815');

  expect(isCopy(text)).toBe(true);
  expect(copiesOfMessages([1]).test(text)).toBe(true);
  expect(copiesOfMessages([7, 1]).test(text)).toBe(true);
  expect(copiesOfMessages([2, 3, 11]).test(text)).toBe(false);
});

test('what a message says is not taken for the place of one', async () => {
  const text = await resultOf('search_thread', 'seq');

  expect(text).toContain('3, my number');
  expect(copiesOfMessages([3]).test(text)).toBe(false);
});

test('a result of search_files is a copy of files', async () => {
  const text = await resultOf('search_files', '0815');

  expect(isCopy(text)).toBe(true);
  expect(COPIES_OF_FILES.test(text)).toBe(true);
});

test('a search that finds nothing, and what other tools give, is no copy', async () => {
  const results = [
    await resultOf('search_thread', 'elsewhere'),
    await resultOf('search_files', 'elsewhere'),
    '{"found":3}',
    'found',
  ];
  expect(results.filter(isCopy)).toEqual([]);
});
