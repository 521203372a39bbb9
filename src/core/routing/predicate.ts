import { didYouMean } from './closest-name.ts';
import { compileField, type FieldReader, ROUTE_FIELDS } from './field-path.ts';
import type { RouteInput, RuleFault } from './route.ts';
import { compileValueTests, isRecord, type ValueTest, wantedOf } from './value-test.ts';
import { showValue } from './values.ts';

/** Whether a predicate holds for a message, and why, in words for people. */
export interface Verdict {
  readonly matched: boolean;
  readonly why: string;
}

export type Predicate = (input: RouteInput) => Verdict;

type Path = readonly (string | number)[];
type Report = (fault: RuleFault) => void;
type Compiling = { readonly report: Report; readonly fields: readonly string[] };

/** Deeper nesting than people write; it bounds the stack. */
const MAX_DEPTH = 8;

const COMBINATIONS: Readonly<Record<string, (parts: readonly Predicate[]) => Predicate>> = {
  $and: allOf,
  $or: anyOf,
  $nor: noneOf,
};

/**
 * Compiles a predicate in MongoDB's query words, limited to the given fields and to operators that are pure and
 * linear in time. Never throws; with faults the predicate is not to be used.
 */
export function compilePredicate(
  when: unknown,
  fields: readonly string[] = ROUTE_FIELDS,
): { predicate: Predicate; faults: readonly RuleFault[] } {
  const faults: RuleFault[] = [];
  const report = (fault: RuleFault) => void faults.push(fault);
  const predicate = compileNode(when ?? {}, [], 0, { report, fields });
  return { predicate, faults };
}

function compileNode(node: unknown, path: Path, depth: number, compiling: Compiling): Predicate {
  const { report } = compiling;
  if (!isRecord(node)) {
    report({ path, message: 'A condition is a map of fields, as in {thread.metadata.plan: pro}.' });
    return always;
  }
  if (depth > MAX_DEPTH) {
    report({ path, message: `Conditions are nested more than ${MAX_DEPTH} deep.` });
    return always;
  }
  const parts = Object.entries(node).map(([key, condition]) =>
    key.startsWith('$')
      ? compileCombination(key, condition, [...path, key], depth, compiling)
      : compileFieldPredicate(key, condition, [...path, key], compiling),
  );
  return parts.length === 0 ? always : allOf(parts);
}

function compileCombination(
  name: string,
  operand: unknown,
  path: Path,
  depth: number,
  compiling: Compiling,
): Predicate {
  const { report } = compiling;
  const combine = Object.hasOwn(COMBINATIONS, name) ? COMBINATIONS[name] : undefined;
  if (combine === undefined) {
    const hint = didYouMean(name, Object.keys(COMBINATIONS));
    report({ path, message: `"${name}" cannot stand in place of a field; $and, $or and $nor can.${hint}` });
    return always;
  }
  if (!Array.isArray(operand) || operand.length === 0) {
    report({ path, message: `${name} takes a list with at least one condition.` });
    return always;
  }
  return combine(operand.map((part, index) => compileNode(part, [...path, index], depth + 1, compiling)));
}

function compileFieldPredicate(
  name: string,
  condition: unknown,
  path: Path,
  { report, fields }: Compiling,
): Predicate {
  const read = compileField(name, fields);
  const tests = compileValueTests(condition, path, report);
  if (typeof read === 'function') return fieldPredicate(name, read, tests);
  const nested = isRecord(condition) ? Object.keys(condition)[0] : undefined;
  const hint = nested === undefined || nested.startsWith('$') ? '' : ` Join the names: ${name}.${nested}.`;
  report({ path, message: `${read.fault}${hint}` });
  return always;
}

function fieldPredicate(name: string, read: FieldReader, tests: readonly ValueTest[]): Predicate {
  return (input) => {
    const values = read(input);
    const failed = tests.filter((test) => !test.holds(values));
    const told = failed.length > 0 ? failed : tests;
    return {
      matched: failed.length === 0,
      why: `${name} is ${showFound(name, values)}, wanted ${wantedOf(told)}`,
    };
  };
}

/** A message's own text stays out of reasons: they are kept with the run and would outlive its redaction. */
function showFound(name: string, values: readonly unknown[]): string {
  if (name === 'message.text')
    return `${typeof values[0] === 'string' ? values[0].length : 0} characters long`;
  return values.length === 0 ? 'not set' : values.map(showValue).join(', ');
}

function always(): Verdict {
  return { matched: true, why: 'it takes every message' };
}

function allOf(parts: readonly Predicate[]): Predicate {
  return (input) => {
    const verdicts = parts.map((part) => part(input));
    const failed = verdicts.find((verdict) => !verdict.matched);
    return failed ?? { matched: true, why: verdicts.map((verdict) => verdict.why).join('; ') };
  };
}

function anyOf(parts: readonly Predicate[]): Predicate {
  return (input) => {
    const verdicts = parts.map((part) => part(input));
    const met = verdicts.find((verdict) => verdict.matched);
    return met ?? { matched: false, why: `none held: ${verdicts.map((verdict) => verdict.why).join('; ')}` };
  };
}

function noneOf(parts: readonly Predicate[]): Predicate {
  const any = anyOf(parts);
  return (input) => {
    const verdict = any(input);
    return { matched: !verdict.matched, why: verdict.matched ? `unwanted: ${verdict.why}` : verdict.why };
  };
}
