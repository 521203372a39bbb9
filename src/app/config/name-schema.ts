import { z } from 'zod';

/** The name of a project, assistant or route, as the configuration gives it. */
export const name = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, {
  error:
    'must be lower case letters, digits, "-" and "_", start with a letter and have at most 63 characters',
});

/** A name that must be declared elsewhere; whether it is, is checked with the whole file. */
export const reference = z.string().min(1);
