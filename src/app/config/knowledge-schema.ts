import { z } from 'zod';
import { name } from './name-schema.ts';

/** More would be one question to as many indexes; several folders fit into one knowledge. */
const MAX_NAMES = 16;

/** An assistant's knowledge. */
export const knowledgeNames = z
  .array(name)
  .max(MAX_NAMES)
  .default([])
  .describe(
    'What it may look into: names under which `threadrelay knowledge add … --to NAME` put documents, in the project of the thread. It gets the tool `search_knowledge` then.',
  );

/** How knowledge is searched. */
export const knowledgeSchema = z.strictObject({
  embedding: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,62}\/\S{1,200}$/, {
      error: 'must be PROVIDER/MODEL, as openai/text-embedding-3-small',
    })
    .optional()
    .describe(
      'The model that finds passages by their meaning, as `openai/text-embedding-3-small`. Left out: they are found by their words. Add your documents again after a change.',
    ),
});
