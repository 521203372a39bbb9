import { z } from 'zod';
import { SECRET_NAME } from './known-secrets.ts';

const SCHEMES = ['https:', 'http:'];

const baseUrl = z.string().refine(
  (value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    return url !== null && SCHEMES.includes(url.protocol) && url.username === '' && url.password === '';
  },
  { error: 'must be an address like https://host/v1, without user or password' },
);

/** Their values are secret, and this file is not. */
const SECRET_HEADERS = /^(authorization|proxy-authorization|cookie|x-api-key|api-key)$/i;

/** Where a provider's models are reached. */
export const providerSchema = z.strictObject({
  base_url: baseUrl
    .optional()
    .describe(
      'The address before `/chat/completions`. Needed, but for `openai` and `anthropic`, which have their own.',
    ),
  api_key_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable, not the key' })
    .regex(SECRET_NAME, {
      error: 'must end with KEY, TOKEN or SECRET: the values of such are kept out of logs',
    })
    .optional()
    .describe(
      'The environment variable that holds the key. Left out: none is sent; `openai` has `OPENAI_API_KEY`, `anthropic` has `ANTHROPIC_API_KEY`.',
    ),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'must be the name of a header' }),
      z.string().max(2_000),
    )
    .superRefine((headers, context) => {
      for (const header of Object.keys(headers).filter((each) => SECRET_HEADERS.test(each)))
        context.addIssue({
          code: 'custom',
          path: [header],
          message: 'is secret: name the variable that holds it in "api_key_env"',
        });
    })
    .default({})
    .describe('Sent with each call; nothing secret.'),
});

export type ProviderDocument = z.infer<typeof providerSchema>;
