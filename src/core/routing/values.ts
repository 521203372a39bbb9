/** The values themselves and, of lists, their elements: what MongoDB compares an operand with. */
export function candidatesOf(values: readonly unknown[]): readonly unknown[] {
  return values.flatMap((value) => {
    const elements: readonly unknown[] = Array.isArray(value) ? value : [];
    return [value, ...elements];
  });
}

/** Deep equality of JSON values; the order of an object's keys does not matter. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const inA = Object.entries(a);
  const inB = new Map<string, unknown>(Object.entries(b));
  return inA.length === inB.size && inA.every(([key, value]) => inB.has(key) && isEqual(value, inB.get(key)));
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`; undefined across types. */
export function compare(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return Number.isNaN(a - b) ? undefined : a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return undefined;
}

/** Longer values are cut in what people read. */
const SHOWN_LENGTH = 60;

/** A value as a person reads it in the reason of a decision: strings in single quotes, long ones cut. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return `'${cut(value)}'`;
  if (value === undefined) return 'not set';
  if (Array.isArray(value)) return `[${cut(value.map(showValue).join(', '))}]`;
  return cut(JSON.stringify(value) ?? 'not set');
}

function cut(text: string): string {
  const characters = Array.from(text.slice(0, SHOWN_LENGTH * 2));
  return characters.length > SHOWN_LENGTH || text.length > SHOWN_LENGTH * 2
    ? `${characters.slice(0, SHOWN_LENGTH).join('')}…`
    : text;
}
