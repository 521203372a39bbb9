import { createHash } from 'node:crypto';
import type { AssistantConfig } from './config.ts';

const DIGITS = 12;
const versions = new WeakMap<AssistantConfig, string>();

/**
 * Tells configurations of an assistant apart that answer differently, over restarts and machines: the first hexadecimal
 * digits of the SHA-256 of what matters for answers. What is for people, or decides when to answer, does not.
 */
export function assistantVersion(assistant: AssistantConfig): string {
  const known = versions.get(assistant);
  if (known !== undefined) return known;
  const { description: _description, multitask: _multitask, ...matters } = assistant;
  const version = createHash('sha256').update(canonicalJson(matters)).digest('hex').slice(0, DIGITS);
  versions.set(assistant, version);
  return version;
}

/** JSON in which the order of keys says nothing. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) => {
    if (held instanceof Map) return inOrder([...held].map(([key, each]) => [String(key), each]));
    if (held instanceof RegExp) return String(held);
    if (typeof held !== 'object' || held === null || Array.isArray(held)) return held;
    return inOrder(Object.entries(held));
  });
}

function inOrder(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
