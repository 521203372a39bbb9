import { z } from 'zod';
import type { HttpToolConfig, HttpToolField } from './http-tool-config.ts';

/** What bounds a text where the configuration does not, in UTF-16 units. */
const MAX_TEXT = 10_000;

/** The arguments that a tool's fields describe, and no others. */
export function inputOfFields({
  fields,
}: Pick<HttpToolConfig, 'fields'>): z.ZodType<Record<string, unknown>> {
  return z.strictObject(Object.fromEntries([...fields].map(([name, field]) => [name, schemaOf(field)])));
}

function schemaOf(field: HttpToolField): z.ZodType {
  const described = field.description === null ? typeOf(field) : typeOf(field).describe(field.description);
  return field.isRequired ? described : described.optional();
}

function typeOf({ type, values, maxLength }: HttpToolField): z.ZodType {
  switch (type) {
    case 'string':
      return values === null ? z.string().max(maxLength ?? MAX_TEXT) : z.enum(values);
    case 'number':
      return z.number();
    case 'integer':
      return z.int();
    case 'boolean':
      return z.boolean();
  }
}
