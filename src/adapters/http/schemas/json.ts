import { z } from 'zod';
import { metadataKeyFault } from '../../../core/threads/metadata-key.ts';

/** Any JSON object, given back as it came. */
export const jsonObject = z.record(z.string(), z.unknown());

/** Keys of a filter: each is a condition of its own in the query, and no thread has so many that tell it from others. */
const MOST_KEYS = 200;

/** A field that may be left out; null says the same. */
export function maybe<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A field of the SDK that asks for what cannot be done: it may be there, but must ask for nothing. */
export function absent(why: string) {
  return z
    .unknown()
    .optional()
    .refine(asksForNothing, `cannot be carried out: ${why}`)
    .meta({ description: `Must be empty: ${why}.` });
}

function asksForNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** Refuses keys that the database could not tell apart, for metadata and custom state. */
export function checkKeys(value: object, context: z.core.$RefinementCtx): void {
  const keys = Object.keys(value);
  if (keys.length > MOST_KEYS) {
    context.addIssue({ code: 'custom', message: `has more than ${MOST_KEYS} keys; keep fewer` });
    return;
  }
  for (const key of keys) {
    const fault = metadataKeyFault(key);
    if (fault === null) continue;
    context.addIssue({
      code: 'custom',
      message: `has a key that ${fault}; give it another name`,
      path: [key],
    });
    return;
  }
}

export const metadata = jsonObject.superRefine(checkKeys).meta({
  description: 'Facts about the object, by key. A key may not be empty, hold "." or begin with "$".',
  examples: [{ plan: 'gold', ticket: '4711' }],
});

/** Of threads, runs and assistants, as a part of an address: what is no id of ours is simply not found. */
export const pathId = z.string().min(1).max(200);

export const threadId = pathId.meta({
  description: 'Id of the thread.',
  examples: ['0199d7a4-6c1e-7c3a-9f0e-2f6f3f1f8a11'],
});

export const runId = pathId.meta({
  description: 'Id of the run.',
  examples: ['0199d7a4-7b52-7d10-8a44-51a3c6a0c0de'],
});

export const callId = pathId.meta({
  description: 'Id of a call of a tool, as the `interrupts` of its thread name it.',
  examples: ['call_1'],
});

/** An id that a client chooses for what it makes. */
export const newThreadId = z.guid().meta({ description: 'A UUID. Left out, one is made.' });

export const assistantId = z
  .string()
  .min(1)
  .max(200)
  .meta({
    description: 'Name of the assistant in the configuration (its `assistant_id` and `graph_id`).',
    examples: ['support'],
  });

export const time = z.iso.datetime().meta({ examples: ['2026-11-26T09:30:00.000Z'] });

export const name = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'What people call it.', examples: ['Refund for order 4711'] });
