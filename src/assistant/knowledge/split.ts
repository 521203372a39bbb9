import type { DocumentKind } from '../../core/ports.ts';
import { type Block, plainSection, type Section, sectionsOf } from './blocks.ts';

/** A piece of a document before it has an id. */
export type Piece = { heading: string; line: number; text: string };

/** Rises whenever the same text is cut in another way, so that re-adding cuts it again. */
export const SPLIT_VERSION = 1;

/** A piece is filled up to this: about 300 tokens, so that a prompt holds a dozen of them. */
const TARGET_CHARACTERS = 1_200;

/** Longer paragraphs, tables and pieces of code are cut, so that no piece is much longer than its target. */
const MAX_BLOCK_CHARACTERS = 2_000;

/** Of the piece before, at most this much is said again, so that what spans two pieces is found. */
const OVERLAP_CHARACTERS = 200;

const WITH_HEADINGS: ReadonlySet<DocumentKind> = new Set(['markdown', 'html', 'pdf', 'docx', 'xlsx']);

/** Cuts a text at its headings, and what is long below one at paragraphs, lines or, at last, words. Pure. */
export function split(text: string, kind: DocumentKind): Piece[] {
  const sections = WITH_HEADINGS.has(kind) ? sectionsOf(text) : plainSection(text);
  return sections.flatMap(packed);
}

function packed({ heading, blocks }: Section): Piece[] {
  const pieces: Piece[] = [];
  let open: Block[] = [];
  let length = 0;
  /** Blocks at the beginning that the piece before has as well. */
  let repeated = 0;
  const close = () => {
    const first = open[repeated];
    if (first === undefined) return;
    pieces.push({ heading, line: first.line, text: open.map(({ text }) => text).join('\n\n') });
    const last = open.at(-1);
    open = last !== undefined && last.text.length <= OVERLAP_CHARACTERS ? [last] : [];
    repeated = open.length;
    length = open.reduce((sum, { text }) => sum + text.length, 0);
  };
  for (const block of blocks.flatMap(shortened)) {
    if (length + block.text.length > TARGET_CHARACTERS) close();
    open.push(block);
    length += block.text.length;
  }
  close();
  return pieces;
}

/** The block itself, or parts of it that are not too long. Each part of a table begins with its head. */
function shortened(block: Block): Block[] {
  if (block.text.length <= MAX_BLOCK_CHARACTERS) return [block];
  const lines = block.text.split('\n');
  const isTable = lines[0]?.startsWith('|') === true && /^\|[\s:|-]+\|?$/.test(lines[1] ?? '');
  const rawHead = isTable ? lines.slice(0, 2).join('\n') : '';
  const head = rawHead.length <= TARGET_CHARACTERS / 2 ? rawHead : '';
  const parts: Block[] = [];
  let open: string[] = [];
  let length = head.length;
  let firstLine = block.line;
  const close = (nextLine: number) => {
    if (open.length > 0) {
      parts.push({ line: firstLine, text: [...(head === '' ? [] : [head]), ...open].join('\n') });
    }
    open = [];
    length = head.length;
    firstLine = nextLine;
  };
  for (const [index, line] of lines.entries()) {
    if (isTable && index < 2 && head !== '') continue;
    for (const part of cutLine(line, MAX_BLOCK_CHARACTERS - head.length - 1)) {
      if (length + part.length + 1 > TARGET_CHARACTERS) close(block.line + index);
      open.push(part);
      length += part.length + 1;
    }
  }
  close(block.line + lines.length);
  return parts;
}

/** Cuts at the last sentence's end or space before the limit, else at the limit, never between the halves of a character. */
function cutLine(line: string, atMost: number): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > atMost) {
    const window = rest.slice(0, atMost);
    const sentence = Math.max(window.lastIndexOf('. '), window.lastIndexOf('? '), window.lastIndexOf('! '));
    let at = sentence > atMost / 2 ? sentence + 1 : window.lastIndexOf(' ');
    if (at <= 0) at = /[\uD800-\uDBFF]$/.test(window) ? atMost - 1 : atMost;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...parts, rest];
}
