import { ApiError } from './errors.ts';

type Value = string | string[];
export type ParsedQuery = Record<string, Value | Record<string, Value>>;

/**
 * `a=1&a=2` makes a list, `a[key]=value` an object. Never throws: the library calls it before a route can answer, and
 * `checkEncoding` refuses what it could not read.
 */
export function parseQuery(text: string): ParsedQuery {
  const plain = new Map<string, Value>();
  const nested = new Map<string, Map<string, Value>>();
  for (const [name, value] of new URLSearchParams(text)) {
    const [, outer, inner] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(name) ?? [];
    if (outer === undefined || inner === undefined) {
      add(plain, name, value);
      continue;
    }
    const entries = nested.get(outer) ?? new Map<string, Value>();
    add(entries, inner, value);
    nested.set(outer, entries);
  }
  // `fromEntries` makes own properties of all names, `__proto__` included.
  const objects = [...nested].map(([outer, entries]) => [outer, Object.fromEntries(entries)] as const);
  return Object.fromEntries<ParsedQuery[string]>([...plain, ...objects]);
}

function add(target: Map<string, Value>, name: string, value: string): void {
  const known = target.get(name);
  if (known === undefined) target.set(name, value);
  else target.set(name, Array.isArray(known) ? [...known, value] : [known, value]);
}

/** @throws ApiError `malformed_request` for percent signs that encode no UTF-8 */
export function checkEncoding(url: string): void {
  const mark = url.indexOf('?');
  if (mark === -1) return;
  try {
    decodeURIComponent(url.slice(mark));
  } catch (cause) {
    const sentence = 'The query holds a percent sign that encodes no UTF-8. Write a plain one as "%25".';
    throw new ApiError('malformed_request', sentence, { cause });
  }
}
