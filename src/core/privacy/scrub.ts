import type { PersonTraces } from '../ports.ts';

/** Stands where a person was named. */
export const ERASED = 'erased';

/** Shorter ids would be found inside other words. */
const SHORTEST_ID = 5;

/**
 * Takes a person's id and names out of a JSON value: the id wherever it stands by itself, a name after `@` or where it is the
 * whole text. In free text a name may be another's word, so there it stays. Pure; answers the very value when nothing is in it.
 */
export function scrub(value: unknown, traces: PersonTraces): unknown {
  if (typeof value === 'string') return scrubText(value, traces);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => scrub(item, traces));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const entries = Object.entries(value);
  const scrubbed = entries.map(([key, held]) => [key, scrub(held, traces)] as const);
  const differs = scrubbed.some(([, held], index) => held !== entries[index]?.[1]);
  return differs ? Object.fromEntries(scrubbed) : value;
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
