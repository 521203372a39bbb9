import type { TextFormat } from '../ports.ts';

/**
 * The longest part, in units of `measure`. `measure` must be monotone (`measure(a) <= measure(a + b)`, as escaping is);
 * a measure that is not still never lets a part exceed `max`, but costs the promise that overflowed parts stay.
 */
export interface PartLimit {
  readonly max: number;
  /** Length on the platform of a piece of Markdown. Absent: UTF-16 units. */
  readonly measure?: (markdown: string) => number;
}

/** Below this a part could hold little but fences and a table's header. */
export const MIN_PART_LIMIT = 32;

/** The limit that keeps `format`'s result within its platform's limit. */
export function limitOf(format: TextFormat): PartLimit {
  return { max: format.limit, measure: (markdown) => format.format(markdown).length };
}
