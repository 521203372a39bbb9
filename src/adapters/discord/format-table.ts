const DELIMITER_CELL = /^:?-+:?$/;

/** Splits a table's row at its unescaped pipes; the outer ones are not cells. */
function cellsOf(row: string): string[] {
  const inner = row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** Whether two lines are a table's header and delimiter row. */
export function startsTable(header: string, delimiter: string | undefined): boolean {
  if (delimiter === undefined || !header.includes('|') || !delimiter.includes('|')) return false;
  const cells = cellsOf(delimiter);
  return cells.length === cellsOf(header).length && cells.every((cell) => DELIMITER_CELL.test(cell));
}

/** Emphasis and backticks do not work inside a code block, where Discord's readers see the table. */
function plain(cell: string): string {
  return cell.replace(/\*\*|__/g, '').replaceAll('```', "'''");
}

/** A table as aligned columns in a code block: Discord draws no tables. `rows` are the header and the body's rows. */
export function drawTable(header: string, rows: string[]): string[] {
  const table = [header, ...rows].map((row) => cellsOf(row).map(plain));
  const columns = table[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(3, ...table.map((cells) => cells[column]?.length ?? 0)),
  );
  const drawRow = (cells: string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head, ...body] = table;
  return ['```', drawRow(head ?? []), rule, ...body.map(drawRow), '```'];
}
