/** What all providers take as the name of an argument; with one that is not, some refuse the whole request. */
const TAKEN = /^[a-zA-Z0-9_.-]{1,64}$/;
/** Leaves room for a number where two names become one. */
const MAX_NAME = 60;

type JsonObject = Record<string, unknown>;

export type NamedArguments = {
  /** The JSON Schema with names that models are told. */
  schema: JsonObject;
  /** Arguments as a model gives them, under the server's names. */
  asGiven(args: JsonObject): JsonObject;
};

/** Gives a tool's arguments names that models can be told, as `filter_name` for `filter[name]`. Pure. */
export function nameArguments(schema: JsonObject): NamedArguments {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const own = Object.keys(properties);
  if (own.every((name) => TAKEN.test(name))) return { schema, asGiven: (args) => args };
  const names = toldNames(own);
  const told = (name: unknown) => (typeof name === 'string' ? (names.get(name) ?? name) : name);
  const required: unknown = schema['required'];
  const back = new Map(Array.from(names, ([name, as]) => [as, name]));
  return {
    schema: {
      ...schema,
      properties: Object.fromEntries(own.map((name) => [names.get(name) ?? name, properties[name]])),
      ...(Array.isArray(required) ? { required: required.map(told) } : {}),
    },
    asGiven: (args) =>
      Object.fromEntries(Object.entries(args).map(([name, value]) => [back.get(name) ?? name, value])),
  };
}

/** By the server's name. Those that can be told stay as they are. */
function toldNames(own: readonly string[]): ReadonlyMap<string, string> {
  const used = new Set(own.filter((name) => TAKEN.test(name)));
  const names = new Map<string, string>();
  for (const name of own) {
    if (TAKEN.test(name)) continue;
    const plain = name.replaceAll(/[^a-zA-Z0-9_.-]+/g, '_').replaceAll(/^_+|_+$/g, '');
    const base = plain.slice(0, MAX_NAME) || 'argument';
    let told = base;
    for (let count = 2; used.has(told); count += 1) told = `${base}_${count}`;
    used.add(told);
    names.set(name, told);
  }
  return names;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
