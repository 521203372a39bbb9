import { z } from 'zod';
import { configSchema } from './config-schema.ts';

/** A JSON Schema node, as far as the documentation reads it. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The JSON Schema of the configuration file: draft 7, which editors' YAML support knows best. */
export function configJsonSchema(): JsonSchema {
  const schema: unknown = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    override: readable,
  });
  return isJsonSchema(schema) ? schema : {};
}

/** As the file in the repository holds it. */
export function configJsonSchemaText(): string {
  const text = JSON.stringify(configJsonSchema(), null, 2).replace(LIST_OF_TEXTS, onOneLine);
  return `${text}\n`;
}

const LIST_OF_TEXTS = /^( *"\w+": )\[\n((?: *"[^"\n]*",?\n)+) *\](,?)$/gm;

/** As the repository's formatter wants short lists. */
function onOneLine(list: string, key: string, entries: string, comma: string): string {
  const line = `${key}[${entries.trim().replace(/,\n */g, ', ')}]${comma}`;
  return line.length <= 110 ? line : list;
}

type Readable = {
  minimum?: unknown;
  maximum?: unknown;
  shorthand?: unknown;
  oneOf?: object[];
  anyOf?: object[];
};

/** The bounds of JavaScript's safe integers say nothing to people. Where a text stands for a map, both are said. */
function readable({ jsonSchema }: { jsonSchema: Readable }): void {
  if (typeof jsonSchema.shorthand === 'string' && jsonSchema.oneOf !== undefined) {
    jsonSchema.anyOf = [{ type: 'string', description: jsonSchema.shorthand }, ...jsonSchema.oneOf];
    delete jsonSchema.oneOf;
    delete jsonSchema.shorthand;
  }
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}
