import type { z } from 'zod';
import { type ApiError, invalid } from './errors.ts';

type Issue = z.core.$ZodIssue;

/** The error of a part of a request that its schema refuses: the first field at fault, and a sentence about it. */
export function refusal(error: z.ZodError, part: string): ApiError {
  const [first] = error.issues;
  if (first === undefined) return invalid(part, `The ${part} is not valid.`);
  const { path, issue } = deepest(first, []);
  if (issue.code === 'unrecognized_keys') return unknownField(path, issue.keys);
  const field = path.length === 0 ? part : path.map(String).join('.');
  return invalid(field, `${field} ${sentence(issue)}.`);
}

/** Of a union that nothing matched, the fault of the member that went furthest: it is the one that was meant. */
function deepest(issue: Issue, above: readonly PropertyKey[]): { path: PropertyKey[]; issue: Issue } {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union') return { path, issue };
  const faults = issue.errors.flatMap((issues) => issues.slice(0, 1).map((each) => deepest(each, path)));
  const further = faults.filter((fault) => fault.path.length > path.length);
  const best = further.sort((a, b) => b.path.length - a.path.length)[0];
  return best ?? { path, issue };
}

function unknownField(path: PropertyKey[], keys: readonly string[]): ApiError {
  const field = [...path, ...keys.slice(0, 1)].map(String).join('.');
  return invalid(field, `${field} is no field that is known here. Leave it out.`);
}

function sentence(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? `is missing; it must be ${TYPES[issue.expected] ?? issue.expected}`
        : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return `must ${size('at most', issue.maximum, issue.origin)}`;
    case 'too_small':
      if (issue.minimum === 1 && UNITS[issue.origin] !== undefined) return 'must not be empty';
      return `must ${size('at least', issue.minimum, issue.origin)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_format':
      return issue.message.startsWith('Invalid ')
        ? `must be a valid ${FORMATS[issue.format] ?? issue.format}`
        : issue.message;
    case 'invalid_union':
      return issue.message === 'Invalid input' ? 'has a form that is not known' : issue.message;
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'custom':
      return issue.message.startsWith('Invalid ') ? 'is not valid' : issue.message;
  }
}

const TYPES: Record<string, string> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const FORMATS: Record<string, string> = { guid: 'UUID', uuid: 'UUID', datetime: 'time in ISO 8601' };

const UNITS: Record<string, string> = {
  string: ' characters',
  array: ' entries',
  object: ' keys',
  record: ' keys',
};

function size(bound: string, limit: number | bigint, origin: string): string {
  const unit = UNITS[origin];
  return unit === undefined ? `be ${bound} ${limit}` : `have ${bound} ${limit}${unit}`;
}
