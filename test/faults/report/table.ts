import type { PromiseRow } from './sum-tests.ts';

const BEGIN = '<!-- faults: begin -->';
const END = '<!-- faults: end -->';

/** The rows as a Markdown table. */
export function promiseTable(rows: readonly PromiseRow[]): string {
  const lines = rows.map(
    ({ n, name, tries, failures, worst_ms: worstMs }) =>
      `| ${n} | ${name} | ${tries.toLocaleString('en')} | ${failures} | ${timeText(worstMs)} |`,
  );
  return [
    '| Promise | What it says | Tries | Failures | Worst time |',
    '| ---: | --- | ---: | ---: | ---: |',
    ...lines,
    '',
  ].join('\n');
}

function timeText(ms: number): string {
  if (ms === 0) return '';
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export type Circumstances = {
  /** What was typed. */
  command: string;
  cores: number;
  memoryGib: number;
  node: string;
  /** YYYY-MM-DD */
  date: string;
  minutes: number;
};

/** What stands between the markers of a page: how the figures came about, and the table. */
export function promiseReport(rows: readonly PromiseRow[], made: Circumstances): string {
  const machine = `${made.cores} cores, ${made.memoryGib} GiB, Node ${made.node}`;
  return `\`${made.command}\` on ${made.date}: ${machine}, ${made.minutes} minutes.\n\n${promiseTable(rows)}`;
}

/**
 * Puts a report between the two markers of a page, in the place of the one before.
 * @throws {Error} when the page lacks a marker.
 */
export function withReport(page: string, report: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${report}\n${page.slice(to)}`;
}
