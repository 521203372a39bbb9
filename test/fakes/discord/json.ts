/** A JSON object of which nothing is known yet. */
export type Json = { [key: string]: unknown };

/** The value as an object, or undefined when it is something else. */
export function asObject(value: unknown): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

/** The value's objects when it is an array, else an empty array. */
export function asObjects(value: unknown): Json[] {
  if (!Array.isArray(value)) return [];
  return value.map(asObject).filter((item) => item !== undefined);
}

/** The value's strings when it is an array, else an empty array. */
export function asStrings(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item) => typeof item === 'string');
}
