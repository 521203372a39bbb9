import { z } from 'zod';

/** Reasoning models think for so long before their first word. */
const FIRST_TOKEN_MS = 60_000;
/** A connection that says nothing for so long in the middle of an answer will not say more. */
const STALL_MS = 30_000;
/** Longest wait that may be set: a run has ten minutes. */
const MAX_WAIT_MS = 600_000;

const modelName = z.string().regex(/^[a-z][a-z0-9_-]{0,62}\/\S{1,200}$/, {
  error: 'must be PROVIDER/MODEL, as openai/gpt-5-mini, or offline',
});

const rule = z.strictObject({
  name: z.string().min(1).max(100).optional().describe('For people.'),
  when: z
    .record(z.string(), z.unknown())
    .describe(
      "A predicate in MongoDB's query words, as in routes; it may also look at `run.attempt`, which is 1 unless an attempt failed.",
    ),
  use: modelName.describe('The model to take.'),
});

/** A model of a provider. */
export const hostedModelSchema = z.strictObject({
  provider: z.literal('hosted').default('hosted').describe('May be left out where `use` stands.'),
  use: modelName.describe(
    'Provider and model: `openai/…`, `anthropic/…`, or one of a provider that `providers` declares.',
  ),
  fallbacks: z
    .array(modelName)
    .max(10)
    .default([])
    .describe('Tried in order when the model fails before it has said anything.'),
  rules: z
    .array(rule)
    .max(50)
    .default([])
    .describe('Choose another model than `use`; the first whose `when` holds is taken.'),
  temperature: z.number().min(0).max(2).optional().describe("Left out: the provider's own."),
  max_output_tokens: z.int().min(1).max(1_000_000).optional().describe("Left out: the provider's own."),
  context_tokens: z
    .int()
    .min(1_000)
    .max(100_000_000)
    .optional()
    .describe('How much the model reads in one call, in tokens.'),
  first_token_ms: z
    .int()
    .min(1)
    .max(MAX_WAIT_MS)
    .default(FIRST_TOKEN_MS)
    .describe('The first word or call is waited for this long.'),
  stall_ms: z
    .int()
    .min(1)
    .max(MAX_WAIT_MS)
    .default(STALL_MS)
    .describe('The next piece of an answer is waited for this long.'),
  sees: z.boolean().default(true).describe('Whether pictures are sent to it.'),
});

export type HostedModelDocument = z.infer<typeof hostedModelSchema>;

/** What stands for a map: `offline`, or the name of a model. */
export function fromShorthand(value: unknown): unknown {
  if (value === 'offline') return { provider: 'offline' };
  if (typeof value === 'string') return { provider: 'hosted', use: value };
  return value;
}
