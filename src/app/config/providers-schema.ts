import { z } from 'zod';
import { plainHeaders } from './header-schema.ts';
import { SECRET_NAME } from './known-secrets.ts';

const SCHEMES = ['https:', 'http:'];

const baseUrl = z.string().refine(
  (value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    return url !== null && SCHEMES.includes(url.protocol) && url.username === '' && url.password === '';
  },
  { error: 'must be an address like https://host/v1, without user or password' },
);

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
  headers: plainHeaders('api_key_env').describe('Sent with each call; nothing secret.'),
});

export type ProviderDocument = z.infer<typeof providerSchema>;
