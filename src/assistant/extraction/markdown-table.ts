/** Rows as a Markdown table; the first one is its head. Empty for no rows. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  if (width === 0) return '';
  const [head = [], ...body] = rows;
  const rule = Array.from({ length: width }, () => '---');
  return [line(head, width), `| ${rule.join(' | ')} |`, ...body.map((row) => line(row, width))].join('\n');
}

function line(row: readonly string[], width: number): string {
  const cells = Array.from({ length: width }, (_, column) =>
    (row[column] ?? '').replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim(),
  );
  return `| ${cells.join(' | ')} |`;
}
