import { z } from 'zod';
import { ThreadrelayError } from '../../core/errors.ts';
import type { FileStore } from '../../core/ports.ts';
import { createFileIndexes } from '../files/file-index.ts';
import { defineTool, type Tool } from './tool.ts';

/** Passages of one search: what a model reads in one step. */
const MOST_PASSAGES = 8;

const input = z.object({
  query: z.string().trim().min(1).max(500).describe('Words that stand in the passage.'),
  file: z.string().max(200).optional().describe('Name of the file to search in; all when left out.'),
});

/** The tool that searches the text of a thread's files, by words. */
export function createSearchFiles({ files }: { files: FileStore }): Tool<typeof input> {
  const indexes = createFileIndexes(files);
  return defineTool({
    name: 'search_files',
    description:
      'Finds passages in the files that people sent in this conversation. Gives the best ones with the name of their file.',
    input,
    async execute({ query, file }, { thread }) {
      const index = await indexes.of(thread.id);
      if (file !== undefined && !index.names.includes(file)) {
        const names = index.names.map((name) => `"${name}"`).join(', ') || 'none';
        throw new ThreadrelayError(
          'not_found',
          `There is no file "${file}" with text here. There are: ${names}.`,
        );
      }
      const passages = index.search(query, file, MOST_PASSAGES);
      return passages.length === 0 ? `Nothing in ${file ?? 'the files'} has these words.` : { passages };
    },
  });
}
