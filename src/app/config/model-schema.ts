import { z } from 'zod';
import { fromShorthand, hostedModelSchema } from './hosted-model-schema.ts';
import { offlineModelSchema } from './offline-model-schema.ts';

/** Placeholders of a scripted reply, filled from the last message. */
export const REPLY_PLACEHOLDERS = ['text', 'author', 'thread', 'assistant'] as const;

const delayMs = z.int().min(0).max(60_000);
const tokens = z.int().min(0).max(100_000);

const step = z
  .strictObject({
    text: z.string().optional().describe('Says this, word by word; `{{placeholders}}` are filled.'),
    tokens: tokens.optional().describe('Says this many filler words.'),
    calls: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(64),
          args: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .min(1)
      .max(20)
      .optional()
      .describe('Asks for these tools at once, and goes on with the next step when they have answered.'),
    wait_ms: delayMs.optional().describe('Says nothing for this many milliseconds.'),
    error: z.string().min(1).optional().describe('Fails here, with this text for the log.'),
    retryable: z
      .boolean()
      .optional()
      .describe('With `error`: whether another attempt may be made. Left out: yes.'),
  })
  .superRefine((value, context) => {
    requireOneOf(value, ['text', 'tokens', 'calls', 'wait_ms', 'error'], context);
    if (value.retryable !== undefined && value.error === undefined)
      context.addIssue({ code: 'custom', path: ['retryable'], message: 'stands without "error"' });
  });

const scripted = z
  .strictObject({
    provider: z.literal('scripted').describe('Says what is written here; for trying out, demos and tests.'),
    reply: z
      .string()
      .optional()
      .superRefine(checkPlaceholders)
      .describe(
        `Markdown to say. Filled in: ${REPLY_PLACEHOLDERS.map((name) => `\`{{${name}}}\``).join(', ')}.`,
      ),
    tokens: tokens.optional().describe('Instead of `reply`: says this many filler words.'),
    steps: z
      .array(step)
      .min(1)
      .max(1_000)
      .optional()
      .describe('Instead of `reply`: what to do, in order. An `error` after `tokens: 20` fails at token 21.'),
    delay_ms: delayMs.default(15).describe('Milliseconds between two pieces of the answer.'),
    chunk: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('Characters of `reply` in one piece. Left out: one word at a time.'),
  })
  .superRefine((value, context) => requireOneOf(value, ['reply', 'tokens', 'steps'], context));

/** A model, told apart by its provider; a text stands for a map. */
export const modelSchema = z
  .preprocess(
    fromShorthand,
    z.discriminatedUnion('provider', [hostedModelSchema, offlineModelSchema, scripted]),
  )
  .meta({ shorthand: '`PROVIDER/MODEL`, as `openai/gpt-5-mini`, or `offline`.' });

export type ModelDocument = z.infer<typeof modelSchema>;
export type ScriptedModelDocument = z.infer<typeof scripted>;

function requireOneOf(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  context: z.RefinementCtx,
): void {
  const given = names.filter((name) => value[name] !== undefined);
  if (given.length === 1) return;
  const found = given.length === 0 ? 'none is given' : `${given.join(' and ')} are given`;
  context.addIssue({ code: 'custom', message: `takes exactly one of ${names.join(', ')}; ${found}` });
}

function checkPlaceholders(reply: string | undefined, context: z.RefinementCtx): void {
  for (const [, name = ''] of (reply ?? '').matchAll(/\{\{\s*([\w.]*)\s*\}\}/g)) {
    if (REPLY_PLACEHOLDERS.some((known) => known === name)) continue;
    const known = REPLY_PLACEHOLDERS.map((placeholder) => `{{${placeholder}}}`).join(', ');
    context.addIssue({
      code: 'custom',
      message: `has the unknown placeholder {{${name}}}; known are ${known}`,
    });
  }
}
