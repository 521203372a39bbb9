import readXlsxFile from 'read-excel-file/node';
import { checkArchive } from './check-archive.ts';
import type { Read } from './extract-text.ts';
import { unreadable } from './faults.ts';
import { markdownTable } from './markdown-table.ts';

/** Each sheet as a heading with a table below; dates as ISO 8601. @throws ThreadrelayError `invalid_input` */
export async function readXlsx(bytes: Uint8Array, name: string): Promise<Read> {
  checkArchive(bytes, name);
  const sheets = await readXlsxFile(Buffer.from(bytes)).catch((error: unknown) => {
    throw unreadable(name, 'is broken: Excel would not open it. Save it again and send that.', error);
  });
  const texts = sheets.flatMap(({ sheet, data }) => {
    const rows = data.map((row) => row.map(textOf)).filter((row) => row.some((cell) => cell !== ''));
    return rows.length === 0 ? [] : [`## ${sheet}\n\n${markdownTable(rows)}`];
  });
  return { title: null, text: texts.join('\n\n') };
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString().replace(/T00:00:00\.000Z$/, '');
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}
