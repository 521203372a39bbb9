import { z } from 'zod';
import { didYouMean } from '../../core/routing/closest-name.ts';
import { type ConfigDocument, configSchema } from './config-schema.ts';
import type { ConfigurationFault } from './configuration-error.ts';
import type { DocumentPath, YamlSource } from './yaml-source.ts';

/** Checks a configuration file's value. Never throws; each fault stands where it was made. */
export function checkSchema(
  value: unknown,
  source: YamlSource,
): { document: ConfigDocument | undefined; faults: readonly ConfigurationFault[] } {
  return checkAgainst(configSchema, value, source);
}

/** As `checkSchema`, for files of another kind. */
export function checkAgainst<T>(
  schema: z.ZodType<T>,
  value: unknown,
  source: YamlSource,
): { document: T | undefined; faults: readonly ConfigurationFault[] } {
  const knownKeys = new Map<string, readonly string[]>();
  const parsed = schema.safeParse(value, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject)
        knownKeys.set(JSON.stringify(issue.path ?? []), Object.keys(issue.inst.shape));
      return sentence(issue);
    },
  });
  const issues = parsed.error?.issues ?? [];
  return {
    document: parsed.data,
    faults: issues.flatMap((issue) =>
      toFaults(issue, knownKeys.get(JSON.stringify(issue.path)) ?? [], source),
    ),
  };
}

function toFaults(
  issue: z.core.$ZodIssue,
  known: readonly string[],
  source: YamlSource,
): readonly ConfigurationFault[] {
  const path: DocumentPath = issue.path.map((segment) =>
    typeof segment === 'number' ? segment : String(segment),
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const hint = didYouMean(key, known) || ` Known are ${known.join(', ')}.`;
      return source.faultAt([...path, key], `is not known here.${hint}`, 'key');
    });
  }
  if (issue.code === 'invalid_key')
    return issue.issues.map((inKey) => source.faultAt(path, `the name ${inKey.message}`, 'key'));
  return [source.faultAt(path, issue.message)];
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** What is wrong in words that follow the place's name; undefined leaves it to the schema's own words. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is missing';
      const wanted = `must be ${KINDS[String(issue.expected)] ?? String(issue.expected)}`;
      const isQuotable = issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input);
      return isQuotable ? `${wanted}: put it in quotes` : wanted;
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (issue.input === undefined) return `is missing; known are ${values.join(', ')}`;
      if (values.length === 1) return `must be ${values.join('')}`;
      return `must be one of ${values.join(', ')}.${typeof issue.input === 'string' ? didYouMean(issue.input, values) : ''}`;
    }
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? `must be one of ${issue.options
            .filter((option) => option !== undefined)
            .map(String)
            .join(', ')}`
        : eitherOf(issue.errors.map(([first]) => first?.message ?? ''));
    case 'too_small':
      return `must be at least ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unit(issue.origin)}`;
    default:
      return undefined;
  }
}

/** `must be true or a map` of what each of the alternatives says; undefined where one says something else. */
function eitherOf(messages: readonly string[]): string | undefined {
  const kinds = messages.map((message) => /^must be (.*)$/.exec(message)?.[1]);
  return kinds.includes(undefined) ? undefined : `must be ${[...new Set(kinds)].join(' or ')}`;
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' entries long' : '';
}
