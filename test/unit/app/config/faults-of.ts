import { ConfigurationError } from '../../../../src/app/config/configuration-error.ts';
import { parseConfig } from '../../../../src/app/config/parse-config.ts';

/** Those that the environment sets. */
const VARIABLES = ['SHOP_TOKEN', 'TICKETS_TOKEN', 'OPENAI_API_KEY'];

export function parse(text: string) {
  return parseConfig(text, { file: 'f', hasVariable: (name) => VARIABLES.includes(name) });
}

/** Each fault as `line:column path message`. */
export function faultsOf(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
  }
}
