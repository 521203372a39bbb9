import type { TextFormat } from '../../core/ports.ts';
import { drawTable, startsTable } from './format-table.ts';
import { neutraliseMentions } from './neutralise.ts';
import { MESSAGE_LIMIT } from './limits.ts';

const FENCE = /^\s*(?:>\s*)*(?:[-*+]\s+|\d+[.)]\s+)*(`{3,}|~{3,})/;
const CODE_SPAN = /(?<!`)(`+)[^`](?:.*?[^`])??\1(?!`)/g;
const IMAGE = /!\[([^\]\n]*)\]\(([^)\s]+)(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\s*\)/g;

/** Headings deeper than Discord's three levels, images (which Discord would not show), and bars that hide text. */
function formatProse(text: string): string {
  return text
    .replace(IMAGE, (_, alt: string, url: string) => `[🖼 ${alt.trim() || 'image'}](${url})`)
    .replace(/\|\|/g, '\\|\\|');
}

function formatLine(line: string): string {
  const heading = line.replace(/^(\s{0,3})#{4,6}(?=\s|$)/, '$1###');
  let formatted = '';
  let from = 0;
  for (const span of heading.matchAll(CODE_SPAN)) {
    formatted += formatProse(heading.slice(from, span.index)) + span[0];
    from = span.index + span[0].length;
  }
  return formatted + formatProse(heading.slice(from));
}

/**
 * Markdown → what Discord draws: tables as aligned code, headings of at most three levels, images as links, doubled
 * bars escaped (Discord hides what is between them), mentions broken. Code is left as it is but for mentions.
 */
export function formatMarkdown(markdown: string): string {
  const lines = markdown.split('\n');
  const formatted: string[] = [];
  let fence: string | null = null;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const marker = FENCE.exec(line)?.[1];
    if (fence !== null) {
      if (marker?.startsWith(fence) === true) fence = null;
      formatted.push(line);
    } else if (marker !== undefined) {
      fence = marker;
      formatted.push(line);
    } else if (startsTable(line, lines[at + 1])) {
      const end = endOfTable(lines, at + 2);
      formatted.push(...drawTable(line, lines.slice(at + 2, end)));
      at = end - 1;
    } else {
      formatted.push(formatLine(line));
    }
  }
  return neutraliseMentions(formatted.join('\n'));
}

function endOfTable(lines: string[], from: number): number {
  let end = from;
  while (lines[end]?.includes('|') === true) end += 1;
  return end;
}

export const discordText: TextFormat = { limit: MESSAGE_LIMIT, format: formatMarkdown };
