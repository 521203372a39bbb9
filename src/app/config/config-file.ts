import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { HasVariable } from './model-faults.ts';
import { defaultConfig, parseConfig } from './parse-config.ts';

export interface ConfigFileOptions {
  readonly path: string;
  /** Whether somebody asked for this file: then it must exist. Otherwise a missing file means the defaults. */
  readonly isNamed: boolean;
  /** Workflows that routes may name; left out, they are not checked. */
  readonly workflows?: readonly string[];
  /** Whether the environment sets a variable; left out, keys of models are not checked. */
  readonly hasVariable?: HasVariable;
}

/** Larger files are no configuration that a person wrote. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Reads and checks the configuration file; the faults name it by `path` as given.
 * @throws ConfigurationError also when the file is missing (and was named) or cannot be read.
 */
export function loadConfigFile({ path, isNamed, workflows, hasVariable }: ConfigFileOptions): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' && !isNamed) return defaultConfig();
    const reason = error instanceof Error ? error.message : String(error);
    const message = code === 'ENOENT' ? 'does not exist; mend THREADRELAY_CONFIG or make the file' : reason;
    throw new ConfigurationError(path, [{ file: path, path: '', message }]);
  }
  if (text.length > MAX_CHARACTERS) {
    const message = `is longer than ${MAX_CHARACTERS} characters`;
    throw new ConfigurationError(path, [{ file: path, path: '', message }]);
  }
  return parseConfig(text, {
    file: path,
    ...(workflows !== undefined && { workflows }),
    ...(hasVariable !== undefined && { hasVariable }),
  });
}
