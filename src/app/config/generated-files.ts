import { configurationDoc } from './configuration-doc.ts';
import { configJsonSchemaText } from './json-schema.ts';
import { dotenvExample } from './reference-tables.ts';

/** The files of the repository that are made from the schemas: path from its root → text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['threadrelay.schema.json', configJsonSchemaText()],
    ['docs/configuration.md', configurationDoc()],
    ['.env.example', dotenvExample()],
  ]);
}
