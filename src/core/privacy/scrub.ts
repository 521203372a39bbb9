import type { PersonTraces } from '../ports.ts';

/** Stands where a person was named. */
export const ERASED = 'erased';

/** Shorter ids would be found inside other words. */
const SHORTEST_ID = 5;

/**
 * Takes a person's id and names out of a JSON value: the id wherever it stands by itself, a name after `@` or where it is the
 * whole text. In free text a name may be another's word, so there it stays. With `keysToo` also out of the keys of objects,
 * for what programs made up. Pure; answers the very value when nothing is in it.
 */
export function scrub(value: unknown, traces: PersonTraces, keysToo = false): unknown {
  if (typeof value === 'string') return scrubText(value, traces);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => scrub(item, traces, keysToo));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const entries = Object.entries(value);
  const scrubbed = entries.map(
    ([key, held]) => [keysToo ? scrubText(key, traces) : key, scrub(held, traces, keysToo)] as const,
  );
  const differs = scrubbed.some(([key, held], at) => key !== entries[at]?.[0] || held !== entries[at]?.[1]);
  return differs ? Object.fromEntries(scrubbed) : value;
}

/** Whether a text holds the id of a person, standing by itself. Pure. */
export function mentions(text: string, id: string): boolean {
  return id.length >= SHORTEST_ID && standingAlone(id).test(text);
}

function scrubText(text: string, { id, names }: PersonTraces): string {
  if (text === id || names.includes(text)) return ERASED;
  const withoutId = id.length < SHORTEST_ID ? text : text.replaceAll(standingAlone(id), ERASED);
  return names.reduce(
    (left, name) => (name === '' ? left : left.replaceAll(standingAlone(`@${name}`), `@${ERASED}`)),
    withoutId,
  );
}

function standingAlone(word: string): RegExp {
  return new RegExp(
    `(?<![\\p{L}\\p{N}_])${word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)}(?![\\p{L}\\p{N}_])`,
    'gu',
  );
}
