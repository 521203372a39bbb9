import type { Dice } from './dice.ts';

export type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  examples?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  minimum?: number;
  maximum?: number;
};

export type Parameter = { in: 'path' | 'query' | 'header'; name: string; schema: Schema; example?: unknown };

/** What the document says of one route. */
export type Operation = {
  method: string;
  path: string;
  parameters: readonly Parameter[];
  body: Schema | null;
  /** Statuses that it says it may answer with. */
  statuses: ReadonlySet<number>;
};

export type Described = { operations: readonly Operation[]; schemas: Record<string, Schema> };

type Document = {
  paths: Record<
    string,
    Record<
      string,
      {
        parameters?: Parameter[];
        requestBody?: { content: Record<string, { schema: Schema }> };
        responses: Record<string, unknown>;
      }
    >
  >;
  components: { schemas: Record<string, Schema> };
};

export function readDocument(document: unknown): Described {
  const { paths, components } = document as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema ?? null,
      statuses: new Set(Object.keys(responses).map(Number)),
    })),
  );
  return { operations, schemas: components.schemas };
}

export type Fillings = {
  /** What a field of this name may hold; undefined where the schema alone says it. */
  known: (name: string) => unknown;
  /** For a place that takes anything. */
  anything: () => unknown;
};

/** A value that the schema takes, more or less: what patterns say is not looked at. */
export function sample(schema: Schema, described: Described, fillings: Fillings, dice: Dice): unknown {
  const again = (inner: Schema) => sample(inner, described, fillings, dice);
  if (schema.$ref !== undefined) {
    return again(described.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return dice.pick(schema.enum);
  const { examples = [] } = schema;
  if (examples.length > 0 && dice.chance(0.2)) return dice.pick(examples);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    // That a field may be null as well is tried less than what it may be else.
    const mayBeNull = dice.chance(0.2);
    return again(dice.pick(choices.filter(({ type }) => type !== 'null' || mayBeNull)));
  }
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map(again));
  return ofType(schema, again, fillings, dice);
}

function ofType(
  schema: Schema,
  again: (inner: Schema) => unknown,
  { known, anything }: Fillings,
  dice: Dice,
): unknown {
  const { examples = [] } = schema;
  const type = Array.isArray(schema.type) ? dice.pick(schema.type) : schema.type;
  switch (type) {
    case 'string':
      return examples.length > 0 ? dice.pick(examples) : dice.pick(['hello', '1', 'x']);
    case 'integer':
    case 'number':
      return (schema.minimum ?? 0) + dice.below(Math.min(5, (schema.maximum ?? 5) + 1));
    case 'boolean':
      return dice.chance(0.5);
    case 'null':
      return null;
    case 'array':
      return Array.from({ length: (schema.minItems ?? 0) + dice.below(3) }, () => again(schema.items ?? {}));
    case 'object': {
      const { properties, required = [] } = schema;
      if (properties === undefined) return { plan: anything() };
      const wanted = Object.entries(properties).filter(
        ([name, inner]) => required.includes(name) || dice.chance(saysSomething(inner) ? 0.35 : 0.03),
      );
      return Object.fromEntries(wanted.map(([name, inner]) => [name, known(name) ?? again(inner)]));
    }
    default:
      return anything();
  }
}

/** Fields that are taken and not looked at, or refused whatever they hold, say nothing of what that is. */
function saysSomething({ type, anyOf, enum: values, $ref }: Schema): boolean {
  return [type, anyOf, values, $ref].some((each) => each !== undefined);
}
