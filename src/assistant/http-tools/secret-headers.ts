import { ThreadrelayError } from '../../core/errors.ts';
import type { SecretHeader } from './http-tool-config.ts';

/** Reads a variable of the environment that the configuration names; undefined when it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/** Headers with their secrets in them. @throws ThreadrelayError `invalid_configuration` when a variable is not set */
export function withSecrets(
  headers: readonly SecretHeader[],
  readVariable: ReadVariable,
): Record<string, string> {
  return Object.fromEntries(
    headers.map(({ header, scheme, env }) => {
      const value = readVariable(env);
      if (value === undefined || value === '') throw variableMissing(env);
      return [header, scheme === null ? value : `${scheme} ${value}`];
    }),
  );
}

export function variableMissing(name: string): ThreadrelayError {
  return new ThreadrelayError(
    'invalid_configuration',
    `This is not set up: the environment variable ${name} is missing. Set it, and start threadrelay again.`,
  );
}
