import type { CaseResult } from './run-eval.ts';

/** One version of an assistant and how it did. */
export type VersionResult = { file: string; version: string; cases: readonly CaseResult[] };

export function hasFailed({ cases }: VersionResult): boolean {
  return cases.some(({ checks }) => checks.some(({ passed }) => !passed));
}

/** For programs; the versions in the order in which they were given. */
export function asJson(assistant: string, versions: readonly VersionResult[]): string {
  return JSON.stringify(
    {
      assistant,
      passed: versions[0] !== undefined && !hasFailed(versions[0]),
      versions: versions.map((each) => ({
        file: each.file,
        version: each.version,
        ...totals(each),
        cases: each.cases.map(({ name, checks, answers }) => ({
          name,
          checks,
          answers: answers.map(({ text, toolCalls, usage, ms, problem }) => ({
            text,
            tool_calls: toolCalls.map(({ name: tool, args }) => ({ name: tool, args })),
            input_tokens: usage.inputTokens,
            output_tokens: usage.outputTokens,
            ms,
            problem,
          })),
        })),
      })),
    },
    null,
    2,
  );
}

/** For people: a row a check, the versions side by side, and below why checks failed. */
export function asTable(versions: readonly VersionResult[]): string {
  const [first] = versions;
  if (first === undefined) return '';
  const rows = first.cases.flatMap(({ name, checks }, index) =>
    checks.map(({ turn, check }, at) => [
      name,
      String(turn),
      check.length > 60 ? `${check.slice(0, 59)}…` : check,
      ...versions.map(({ cases }) => mark(cases[index]?.checks[at]?.passed)),
    ]),
  );
  const sums = versions.map(totals);
  const lines = layOut([
    ['CASE', 'TURN', 'CHECK', ...versions.map(({ version }) => version)],
    ...rows,
    ['', '', 'checks passed', ...sums.map(({ passed_checks, checks }) => `${passed_checks}/${checks}`)],
    ['', '', 'input tokens', ...sums.map(({ input_tokens }) => String(input_tokens))],
    ['', '', 'output tokens', ...sums.map(({ output_tokens }) => String(output_tokens))],
    ['', '', 'seconds an answer', ...sums.map(({ ms_per_answer }) => (ms_per_answer / 1_000).toFixed(2))],
  ]);
  return [...lines, ...reasons(versions)].join('\n');
}

function mark(passed: boolean | undefined): string {
  if (passed === undefined) return '-';
  return passed ? 'pass' : 'FAIL';
}

function reasons(versions: readonly VersionResult[]): string[] {
  const failed = versions.flatMap(({ version, cases }) =>
    cases.flatMap(({ name, checks }) =>
      checks
        .filter(({ passed }) => !passed)
        .map(({ turn, check, why }) => `${version}  ${name}, turn ${turn}, ${check}: ${why}`),
    ),
  );
  return failed.length === 0 ? [] : ['', ...failed];
}

function totals({ cases }: VersionResult) {
  const checks = cases.flatMap((each) => each.checks);
  const answers = cases.flatMap((each) => each.answers);
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
  return {
    passed_checks: checks.filter(({ passed }) => passed).length,
    checks: checks.length,
    input_tokens: sum(answers.map(({ usage }) => usage.inputTokens)),
    output_tokens: sum(answers.map(({ usage }) => usage.outputTokens)),
    ms_per_answer: answers.length === 0 ? 0 : Math.round(sum(answers.map(({ ms }) => ms)) / answers.length),
  };
}

function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
