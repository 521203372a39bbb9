import { metadataKeyFault } from '../threads/metadata-key.ts';
import { compileField, type FieldReader } from './field-path.ts';
import type { RouteInput, RuleFault } from './route.ts';
import { compileSafeRegex, type SafeRegex } from './safe-regex.ts';

/** Takes values from a thread's first message into its metadata. */
export interface ExtractRule {
  /** The field to read, `message.text` or `thread.name`. */
  readonly from: string;
  /** An RE2 pattern with named groups. */
  readonly pattern: string;
  /** `i`, `m`, `s`. */
  readonly options?: string;
  /** Metadata key → a template in which `$group` stands for a named group. Left out: each group under its name. */
  readonly to?: Readonly<Record<string, string>>;
}

export interface CompiledExtractRule {
  readonly read: FieldReader;
  readonly regex: SafeRegex;
  readonly to: Readonly<Record<string, string>>;
}

/** The fields that people write freely and that may be read into metadata. */
export const EXTRACT_FIELDS = ['message.text', 'thread.name'] as const;

/** An extracted value is cut at this many characters: ids are short, and metadata is indexed and shown. */
export const MAX_EXTRACTED_LENGTH = 200;

/** Compiles extract rules once. Never throws; fault paths start with the rule's index. */
export function compileExtractRules(rules: readonly ExtractRule[]): {
  rules: readonly CompiledExtractRule[];
  faults: readonly RuleFault[];
} {
  const faults: RuleFault[] = [];
  const compiled = rules.flatMap((rule, index) => {
    const refuse = (key: string, message: string) => void faults.push({ path: [index, key], message });
    const read = compileField(rule.from);
    if (typeof read !== 'function') refuse('from', read.fault);
    const regex = compileSafeRegex(rule.pattern, rule.options ?? '');
    if ('fault' in regex) refuse('pattern', `The regular expression ${regex.fault}.`);
    if (typeof read !== 'function' || 'fault' in regex) return [];
    if (regex.groupNames.length === 0)
      refuse('pattern', 'The pattern names no group; write what to take as (?<ticket_id>…).');
    const to = rule.to ?? Object.fromEntries(regex.groupNames.map((name) => [name, `$${name}`]));
    for (const [key, template] of Object.entries(to)) {
      const fault = metadataKeyFault(key);
      if (fault !== null) refuse('to', `The metadata key "${key}" ${fault}.`);
      for (const group of groupsNamedIn(template)) {
        if (!regex.groupNames.includes(group)) refuse('to', `The pattern has no group named "${group}".`);
      }
    }
    return [{ read, regex, to }];
  });
  return { rules: compiled, faults };
}

/**
 * What the rules find in a thread's first message, as metadata to set. The first rule that finds a key keeps it.
 * Nothing else in a message's text changes metadata.
 */
export function extractMetadata(
  rules: readonly CompiledExtractRule[],
  input: RouteInput,
): Record<string, string> {
  const metadata = new Map<string, string>();
  for (const { read, regex, to } of rules) {
    const [text] = read(input);
    const groups = typeof text === 'string' ? regex.groups(text) : undefined;
    if (groups === undefined) continue;
    for (const [key, template] of Object.entries(to)) {
      const value = fill(template, groups);
      if (value !== undefined && !metadata.has(key)) metadata.set(key, value);
    }
  }
  return Object.fromEntries(metadata);
}

/** Undefined when a group of the template took part in no match: half a value is worse than none. */
function fill(template: string, groups: Readonly<Record<string, string>>): string | undefined {
  if (groupsNamedIn(template).some((name) => !Object.hasOwn(groups, name))) return undefined;
  const filled = template.replace(GROUP, (_, name: string) => groups[name] ?? '');
  const cut = filled.slice(0, MAX_EXTRACTED_LENGTH).toWellFormed().replaceAll('\u0000', '').trim();
  return cut === '' ? undefined : cut;
}

const GROUP = /\$([A-Za-z_]\w*)/g;

function groupsNamedIn(template: string): readonly string[] {
  return Array.from(template.matchAll(GROUP), (match) => match[1] ?? '');
}
