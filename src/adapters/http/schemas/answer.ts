import type { z } from 'zod';

/** What a route answers under one status: the words of the document, and the type of what its handler sends. */
export function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}
