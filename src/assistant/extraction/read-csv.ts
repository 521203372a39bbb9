import type { Read } from './extract-text.ts';
import { markdownTable } from './markdown-table.ts';
import { unreadable } from './faults.ts';

/** A table of comma, semicolon or tab separated values as a Markdown table. @throws ThreadrelayError `invalid_input` */
export function readCsv(text: string, name: string): Read {
  const rows = parse(text, separatorOf(text));
  if (rows === null) throw unreadable(name, 'is broken: a quoted value in it has no end.');
  return { title: null, text: markdownTable(rows) };
}

/** The separator that the first line has most of. */
function separatorOf(text: string): string {
  const first = text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n'));
  const counts = [',', ';', '\t'].map((separator) => ({ separator, count: first.split(separator).length }));
  return counts.reduce((best, each) => (each.count > best.count ? each : best)).separator;
}

/** Rows as RFC 4180 says; null when a quote is not closed. */
function parse(text: string, separator: string): string[][] | null {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text.charAt(at + 1) === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell === '') quoted = true;
    else if (character === separator) {
      row.push(cell);
      cell = '';
    } else if (character === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
    } else cell += character;
  }
  if (quoted) return null;
  if (cell !== '' || row.length > 0) rows.push([...row, cell]);
  return rows.filter((cells) => cells.some((value) => value.trim() !== ''));
}
