import { z } from 'zod';

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map([
  ['0', false],
  ['1', true],
  ['false', false],
  ['true', true],
]);

/** `0`/`1` or `true`/`false`; the clients send either. */
export const queryBoolean = z.preprocess((text) => BOOLEANS.get(text) ?? text, z.boolean());

/** A whole number from `min` to `max`, written in digits. */
export function queryInteger(min: number, max: number) {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text),
    z.int().min(min).max(max),
  );
}

/** Repeated (`?a=x&a=y`), one JSON array (`?a=["x","y"]`) or one value. */
export function queryList<Item extends z.ZodType>(item: Item) {
  return z.preprocess(
    (given) => (typeof given === 'string' ? fromText(given) : given),
    z.array(item).min(1).max(100),
  );
}

function fromText(text: string): unknown[] {
  if (!text.startsWith('[')) return [text];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [text];
  } catch {
    return [text];
  }
}

/** Objects of a page by count, for the SDK's searches. The SDK sends 10 when nothing else is asked for. */
export const limit = z.int().min(1).max(1_000).default(10).meta({ description: 'At most so many.' });
/** Offsets are counted through one by one: who wants what is further away narrows the search. */
export const MOST_OFFSET = 1_000_000;

export const offset = z
  .int()
  .min(0)
  .max(MOST_OFFSET)
  .default(0)
  .meta({ description: 'Leaves out so many at the beginning.' });
