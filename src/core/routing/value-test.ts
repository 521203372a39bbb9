import { didYouMean } from './closest-name.ts';
import { FORBIDDEN_KEYS, valuesAt } from './field-path.ts';
import type { RuleFault } from './route.ts';
import { compileSafeRegex } from './safe-regex.ts';
import { candidatesOf, compare, isEqual, showValue } from './values.ts';

/** What a rule wants of one field: `wanted` completes the sentence "plan is 'free', wanted …". */
export interface ValueTest {
  readonly wanted: string;
  /** `values` are what was found at the field's path; none when it is not set. */
  holds(values: readonly unknown[]): boolean;
}

type Path = readonly (string | number)[];
type Report = (fault: RuleFault) => void;
type Compile = (operand: unknown, path: Path, report: Report) => ValueTest | undefined;

const OPERATORS: Readonly<Record<string, Compile>> = {
  $eq: (operand) => equalTo(operand),
  $ne: (operand) => negated(equalTo(operand), `not ${showValue(operand)}`),
  $in: list((operands) => oneOf(operands)),
  $nin: list((operands) => negated(oneOf(operands), `none of ${operands.map(showValue).join(', ')}`)),
  $gt: ordered('more than', (order) => order > 0),
  $gte: ordered('at least', (order) => order >= 0),
  $lt: ordered('less than', (order) => order < 0),
  $lte: ordered('at most', (order) => order <= 0),
  $all: list((operands) => ({
    wanted: `all of ${operands.map(showValue).join(', ')}`,
    holds: (values) => operands.every((operand) => equalTo(operand).holds(values)),
  })),
  $exists: (operand, path, report) => {
    if (typeof operand !== 'boolean') return refuse(report, path, '$exists takes true or false.');
    return { wanted: operand ? 'any value' : 'no value', holds: (values) => values.length > 0 === operand };
  },
  $size: (operand, path, report) => {
    if (typeof operand !== 'number' || !Number.isInteger(operand) || operand < 0)
      return refuse(report, path, '$size takes a whole number, zero or more.');
    return {
      wanted: `a list of ${operand}`,
      holds: (values) => values.some((value) => Array.isArray(value) && value.length === operand),
    };
  },
  $elemMatch: elementMatch,
  $not: (operand, path, report) => {
    if (!isRecord(operand) || !usesOperators(operand))
      return refuse(report, path, '$not takes operators, as in {$not: {$in: [a, b]}}.');
    const tests = compileOperators(operand, path, report);
    return {
      wanted: `not (${wantedOf(tests)})`,
      holds: (values) => !tests.every((test) => test.holds(values)),
    };
  },
};

/** The operators that test one field. */
export const FIELD_OPERATORS: readonly string[] = [...Object.keys(OPERATORS), '$regex', '$options'];

/**
 * Compiles what stands behind a field's name: a value to be equal to, or operators that must all hold.
 * Faults are reported with their place under `path`; a faulty test is left out.
 */
export function compileValueTests(condition: unknown, path: Path, report: Report): readonly ValueTest[] {
  if (isRecord(condition) && usesOperators(condition)) return compileOperators(condition, path, report);
  return [equalTo(condition)];
}

function compileOperators(
  condition: Record<string, unknown>,
  path: Path,
  report: Report,
): readonly ValueTest[] {
  const tests: ValueTest[] = [];
  for (const [name, operand] of Object.entries(condition)) {
    const here = [...path, name];
    const test =
      name === '$regex' || name === '$options' ? undefined : compileOperator(name, operand, here, report);
    if (test !== undefined) tests.push(test);
  }
  const pattern = compileRegex(condition, path, report);
  return pattern === undefined ? tests : [...tests, pattern];
}

function compileOperator(name: string, operand: unknown, path: Path, report: Report): ValueTest | undefined {
  const compile = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (compile !== undefined) return compile(operand, path, report);
  const known = name.startsWith('$') ? `is no operator that rules may use.` : 'stands among operators.';
  return refuse(report, path, `"${name}" ${known}${didYouMean(name, FIELD_OPERATORS)}`);
}

function compileRegex(condition: Record<string, unknown>, path: Path, report: Report): ValueTest | undefined {
  const { $regex: pattern, $options: options = '' } = condition;
  if (pattern === undefined) {
    if (Object.hasOwn(condition, '$options'))
      return refuse(report, [...path, '$options'], '$options stands without $regex.');
    return undefined;
  }
  const here = [...path, '$regex'];
  if (typeof pattern !== 'string' || typeof options !== 'string')
    return refuse(report, here, '$regex and $options take text.');
  const regex = compileSafeRegex(pattern, options);
  if ('fault' in regex) return refuse(report, here, `The regular expression ${regex.fault}.`);
  return {
    wanted: `a match of ${regex.source}`,
    holds: (values) => candidatesOf(values).some((value) => typeof value === 'string' && regex.test(value)),
  };
}

/** One element of a list must meet all conditions: operators on itself, or conditions on its fields. */
function elementMatch(operand: unknown, path: Path, report: Report): ValueTest | undefined {
  if (!isRecord(operand))
    return refuse(report, path, '$elemMatch takes operators or fields with conditions.');
  const fields = usesOperators(operand)
    ? [{ segments: [], tests: compileOperators(operand, path, report) }]
    : Object.entries(operand).map(([field, condition]) => {
        const segments = field.split('.');
        if (segments.some((segment) => FORBIDDEN_KEYS.has(segment)))
          report({ path: [...path, field], message: `"${field}" names a forbidden key.` });
        return { segments, tests: compileValueTests(condition, [...path, field], report) };
      });
  const matches = (element: unknown) =>
    fields.every(({ segments, tests }) => tests.every((test) => test.holds(valuesAt(element, segments))));
  const wanted = fields.map(({ segments, tests }) => `${segments.join('.')} ${wantedOf(tests)}`.trim());
  return {
    wanted: `an element with ${wanted.join(' and ')}`,
    holds: (values) => values.some((value) => Array.isArray(value) && value.some(matches)),
  };
}

function equalTo(operand: unknown): ValueTest {
  return {
    wanted: operand === null ? 'no value' : showValue(operand),
    holds: (values) =>
      (operand === null && values.length === 0) ||
      candidatesOf(values).some((value) => isEqual(value, operand)),
  };
}

function oneOf(operands: readonly unknown[]): ValueTest {
  return {
    wanted: `one of ${operands.map(showValue).join(', ')}`,
    holds: (values) => operands.some((operand) => equalTo(operand).holds(values)),
  };
}

function negated(test: ValueTest, wanted: string): ValueTest {
  return { wanted, holds: (values) => !test.holds(values) };
}

function ordered(words: string, accepts: (order: number) => boolean): Compile {
  return (operand, path, report) => {
    if (typeof operand !== 'number' && typeof operand !== 'string')
      return refuse(report, path, `${String(path.at(-1))} takes a number or text.`);
    return {
      wanted: `${words} ${showValue(operand)}`,
      holds: (values) =>
        candidatesOf(values).some((value) => {
          const order = compare(value, operand);
          return order !== undefined && accepts(order);
        }),
    };
  };
}

function list(build: (operands: readonly unknown[]) => ValueTest): Compile {
  return (operand, path, report) => {
    if (!Array.isArray(operand) || operand.length === 0)
      return refuse(report, path, `${String(path.at(-1))} takes a list with at least one value.`);
    return build(operand);
  };
}

/** What several tests on one field want together. */
export function wantedOf(tests: readonly ValueTest[]): string {
  return tests.map((test) => test.wanted).join(' and ');
}

/** Whether an object holds operators and is not a value to be equal to. */
function usesOperators(condition: Record<string, unknown>): boolean {
  return Object.keys(condition).some((key) => key.startsWith('$'));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(report: Report, path: Path, message: string): undefined {
  report({ path, message });
  return undefined;
}
