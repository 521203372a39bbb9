import { z } from 'zod';
import { SECRET_NAME } from './known-secrets.ts';

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'must be that of an HTTP header' });

/** What HTTP carries in a header. */
const headerValue = z
  .string()
  .max(2_000)
  .regex(/^[\t\u0020-\u007e\u0080-\u00ff]*$/, { error: 'must be one line of Latin characters' });

/** Their values are secret, and this file is not. */
const SECRET_HEADER =
  /(?:^|-)(?:authorization|cookie|token|secret|password|(?:api|auth|access|subscription)-?key)$/i;

/** Headers that are sent as they are; `instead` is the key of the file that takes those with secrets. */
export function plainHeaders(instead: string) {
  return z
    .record(headerName, headerValue)
    .superRefine((headers, context) => {
      for (const header of Object.keys(headers).filter((each) => SECRET_HEADER.test(each)))
        context.addIssue({
          code: 'custom',
          path: [header],
          message: `is secret: name the variable that holds it in "${instead}"`,
        });
    })
    .default({});
}

/** A word like `Bearer` may stand before the variable. */
const SECRET_VARIABLE = new RegExp(
  `^(?:[A-Za-z][A-Za-z0-9-]* )?(?:[A-Za-z_][A-Za-z0-9_]*)?${SECRET_NAME.source}`,
);

/** Headers whose values are in the environment. A secret in the place of its variable's name is refused, and not repeated. */
export const headersEnv = z
  .record(
    headerName,
    z.string().regex(SECRET_VARIABLE, {
      error:
        'must name an environment variable, as `SHOP_TOKEN` or `Bearer SHOP_TOKEN`, that ends with KEY, TOKEN, SECRET or PASSWORD: the values of such are kept out of logs',
    }),
  )
  .describe(
    'Header → environment variable that holds its value, as `Authorization: Bearer SHOP_TOKEN`. Sent to this host only.',
  );
