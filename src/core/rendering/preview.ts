import remend from 'remend';
import type { PartLimit } from './text-format.ts';

/** Off: what escapes or rewrites finished text, and mathematics, which chat platforms do not set. */
const REPAIRS = {
  linkMode: 'text-only',
  comparisonOperators: false,
  singleTilde: false,
  katex: false,
  htmlTags: false,
} as const;

const UNFINISHED_IMAGE = /!\[([^\]\n]*)\]\(streamdown:incomplete-image\)/g;

/** A table shows as one once its delimiter row is there: until then its first lines are held back. */
function withoutUnfinishedTable(markdown: string): string {
  const lines = markdown.split('\n');
  let first = lines.length;
  while (first > 0 && lines[first - 1]?.trimStart().startsWith('|')) first -= 1;
  const rows = lines.slice(first);
  const [header, delimiter] = rows;
  if (header === undefined) return markdown;
  const columns = (row: string): number => row.replace(/^\s*\||\|\s*$/g, '').split('|').length;
  const complete =
    delimiter !== undefined &&
    /^\s*\|[\s|:-]*-[\s|:-]*$/.test(delimiter) &&
    (rows.length > 2 || columns(delimiter) >= columns(header));
  if (!complete) {
    const before = lines.slice(0, first).join('\n').trimEnd();
    return before === '' ? markdown : before;
  }
  return /\|\s*$/.test(markdown) ? markdown : `${markdown} |`;
}

/**
 * The last part of an unfinished answer, made presentable: what is open (bold, inline code, links, images) is closed
 * or shown as plain text, a table waits for its second row. Fences are closed already (see splitParts). For previews
 * only: the final text is the part itself. If the repaired text would exceed the limit, the part is returned as it is.
 */
export function previewMarkdown(part: string, limit?: PartLimit): string {
  const repaired = withoutUnfinishedTable(remend(part, REPAIRS)).replace(UNFINISHED_IMAGE, '$1').trimEnd();
  if (repaired === '') return part;
  if (limit === undefined) return repaired;
  const { measure = (text: string) => text.length } = limit;
  return measure(repaired) <= limit.max ? repaired : part;
}
