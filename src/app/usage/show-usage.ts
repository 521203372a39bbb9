import type { UsageRow, UsageStore } from '../../core/ports.ts';
import { dayOf } from '../../core/usage/day.ts';
import { expectProject, type Said } from '../keys/keys-commands.ts';
import type { UsageGrouping } from './usage-program.ts';

const DAY_MS = 86_400_000;

/** `threadrelay usage`. @throws ThreadrelayError `invalid_input` for a project that is not configured */
export async function showUsage(
  usage: UsageStore,
  projects: readonly string[],
  wish: { project: string | null; days: number; by: UsageGrouping; json: boolean; now: Date },
): Promise<Said> {
  if (wish.project !== null) expectProject(projects, wish.project);
  const since = dayOf(new Date(wish.now.getTime() - (wish.days - 1) * DAY_MS));
  const rows = await usage.since(since, wish.project);
  if (wish.json) return { answer: JSON.stringify({ usage: rows.map(asJson) }, null, 2), notices: [] };
  if (rows.length === 0) return { answer: '', notices: [`Nothing was used since ${since}.`] };
  return { answer: asTable(grouped(rows, wish.by), wish.by), notices: [] };
}

function asJson(row: UsageRow) {
  return {
    project: row.projectId,
    day: row.day,
    person: row.personId,
    model: row.model,
    runs: row.runs,
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    cached_tokens: row.cachedTokens,
    cost_usd: row.costUsd,
  };
}

type Line = { day: string; project: string; name: string } & Pick<
  UsageRow,
  'runs' | 'inputTokens' | 'outputTokens' | 'costUsd'
>;

/** Rows that a table does not tell apart, added up; in their order, newest day first. */
function grouped(rows: readonly UsageRow[], by: UsageGrouping): Line[] {
  const lines = new Map<string, Line>();
  for (const { day, projectId: project, personId, model, ...used } of rows) {
    const name = by === 'model' ? model : (personId ?? '(programs)');
    const key = JSON.stringify([day, project, name]);
    const { runs = 0, inputTokens = 0, outputTokens = 0, costUsd = 0 } = lines.get(key) ?? {};
    lines.set(key, {
      day,
      project,
      name,
      runs: runs + used.runs,
      inputTokens: inputTokens + used.inputTokens,
      outputTokens: outputTokens + used.outputTokens,
      costUsd: costUsd + used.costUsd,
    });
  }
  return [...lines.values()].toSorted((one, other) => other.day.localeCompare(one.day));
}

function asTable(lines: readonly Line[], by: UsageGrouping): string {
  const rows = [
    ['DAY', 'PROJECT', by.toUpperCase(), 'RUNS', 'INPUT', 'OUTPUT', 'USD'],
    ...lines.map(({ day, project, name, runs, inputTokens, outputTokens, costUsd }) => [
      day,
      project,
      name,
      ...[runs, inputTokens, outputTokens].map((amount) => amount.toLocaleString('en-US')),
      costUsd === 0 ? '' : costUsd.toFixed(4),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const isNumber = (column: number) => column > 2;
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n');
}
