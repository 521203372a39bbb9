import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigurationError } from './configuration-error.ts';
import type { RawEnvironment } from './environment.ts';

/**
 * The environment with what a `.env` file adds: variables that are set already win, also when they are empty.
 * A file that does not exist adds nothing.
 * @throws ConfigurationError when the file cannot be read.
 */
export function withDotenv(env: RawEnvironment, path = '.env'): RawEnvironment {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return env;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(path, [{ file: path, path: '', message: `cannot be read: ${reason}` }]);
  }
  return { ...parseEnv(text), ...env };
}
