import { didYouMean } from './closest-name.ts';
import type { RouteInput } from './route.ts';

/** Keys that reach into JavaScript's own machinery; no rule may name them. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const METADATA_PREFIX = 'thread.metadata.';

const FIELDS: Readonly<Record<string, (input: RouteInput) => unknown>> = {
  'thread.name': (input) => input.thread.name,
  'thread.origin.platform': (input) => input.thread.origin?.platform,
  'thread.origin.tenant': (input) => input.thread.origin?.tenant,
  'thread.origin.channel': (input) => input.thread.origin?.channel,
  'thread.origin.thread': (input) => input.thread.origin?.thread,
  'message.text': (input) => input.message.text,
  'message.length': (input) => input.message.text.length,
  'message.attachments.count': (input) => input.message.attachments?.length ?? 0,
  'message.attachments.types': (input) => input.message.attachments?.map(({ mediaType }) => mediaType ?? ''),
  'author.id': (input) => input.author?.id,
  'author.name': (input) => input.author?.name,
  'author.is_bot': (input) => input.author?.isBot,
  'author.roles': (input) => input.author?.roles,
  'run.attempt': (input) => input.run?.attempt,
};

/** The fields that a rule which chooses a model may name, as they are written in the configuration. */
export const MODEL_RULE_FIELDS: readonly string[] = [`${METADATA_PREFIX}*`, ...Object.keys(FIELDS)];

/** The fields a route may name: it is chosen before there is an attempt. */
export const ROUTE_FIELDS: readonly string[] = MODEL_RULE_FIELDS.filter((field) => field !== 'run.attempt');

/** Reads one field of the input: the values found there, several when the path leads through lists, none when unset. */
export type FieldReader = (input: RouteInput) => readonly unknown[];

/** A reader for a path as the configuration writes it, or a sentence that says what is wrong with the path. */
export function compileField(
  path: string,
  known: readonly string[] = ROUTE_FIELDS,
): FieldReader | { readonly fault: string } {
  const segments = path.split('.');
  const forbidden = segments.find((segment) => FORBIDDEN_KEYS.has(segment));
  if (forbidden !== undefined) return { fault: `"${path}" names the forbidden key "${forbidden}".` };
  if (path.startsWith(METADATA_PREFIX)) {
    const inMetadata = segments.slice(2);
    if (inMetadata.includes('')) return { fault: `"${path}" has an empty part between its dots.` };
    return (input) => valuesAt(input.thread.metadata, inMetadata);
  }
  const read = known.includes(path) && Object.hasOwn(FIELDS, path) ? FIELDS[path] : undefined;
  if (read === undefined) {
    const hint = didYouMean(path, known) || ` A rule may look at ${known.join(', ')}.`;
    return { fault: `"${path}" is no field of a message that rules can see.${hint}` };
  }
  return (input) => {
    const value = read(input);
    return value === undefined || value === null ? [] : [value];
  };
}

/**
 * The values a dotted path leads to, as MongoDB resolves it: through a list it goes into each element,
 * or into one when the segment is its index. Only own properties count; what is missing yields nothing.
 */
export function valuesAt(root: unknown, segments: readonly string[]): readonly unknown[] {
  const [segment, ...rest] = segments;
  if (segment === undefined) return root === undefined ? [] : [root];
  if (typeof root !== 'object' || root === null) return [];
  if (Array.isArray(root)) {
    const inElements = root.flatMap((element) => (Array.isArray(element) ? [] : valuesAt(element, segments)));
    return /^\d+$/.test(segment) ? [...valuesAt(root[Number(segment)], rest), ...inElements] : inElements;
  }
  const property = Object.getOwnPropertyDescriptor(root, segment);
  return property === undefined ? [] : valuesAt(property.value, rest);
}
