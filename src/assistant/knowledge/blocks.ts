/** Lines that belong together: a paragraph, a list, a table, a fenced piece of code. */
export type Block = {
  /** First line, from 1. */
  line: number;
  text: string;
};

/** A stretch of text under one heading. */
export type Section = { heading: string; blocks: Block[] };

/** Between the headings of a path. */
const PATH_SEPARATOR = ' › ';

/** Cuts Markdown at its headings, and each part at its empty lines. A heading in fenced code is none. */
export function sectionsOf(markdown: string): Section[] {
  const path: string[] = [];
  const sections: Section[] = [];
  const blocks = createBlocks();
  let fence: string | null = null;
  const close = () => {
    const found = blocks.take();
    if (found.length > 0)
      sections.push({ heading: path.filter(Boolean).join(PATH_SEPARATOR), blocks: found });
  };
  for (const [index, line] of withoutFrontMatter(markdown.split('\n')).entries()) {
    const marker = /^\s{0,3}(```+|~~~+)/.exec(line)?.[1];
    const heading = fence === null ? /^(#{1,6})\s+(.+?)\s*#*\s*$/.exec(line) : null;
    if (heading !== null) {
      close();
      const depth = heading[1]?.length ?? 1;
      path.length = Math.min(path.length, depth - 1);
      while (path.length < depth - 1) path.push('');
      path.push(plainHeading(heading[2] ?? ''));
      continue;
    }
    if (marker !== undefined && (fence === null || marker.startsWith(fence))) {
      fence = fence === null ? marker : null;
    }
    if (line.trim() === '' && fence === null) blocks.end();
    else blocks.add(line, index + 1);
  }
  close();
  return sections;
}

/** Text without headings: one section, cut at its empty lines. */
export function plainSection(text: string): Section[] {
  const blocks = createBlocks();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') blocks.end();
    else blocks.add(line, index + 1);
  }
  const found = blocks.take();
  return found.length === 0 ? [] : [{ heading: '', blocks: found }];
}

function createBlocks() {
  let done: Block[] = [];
  let open: { line: number; lines: string[] } | null = null;
  const end = () => {
    if (open !== null) done.push({ line: open.line, text: open.lines.join('\n') });
    open = null;
  };
  return {
    end,
    add(text: string, line: number) {
      open ??= { line, lines: [] };
      open.lines.push(text);
    },
    take(): Block[] {
      end();
      const taken = done;
      done = [];
      return taken;
    },
  };
}

/** Empty lines stand in for front matter, so that the lines keep their numbers. */
function withoutFrontMatter(lines: string[]): string[] {
  if (lines[0]?.trim() !== '---') return lines;
  const end = lines.indexOf('---', 1);
  return end === -1 ? lines : lines.map((line, index) => (index <= end ? '' : line));
}

/** What a reader sees of a heading: without the marks of code, links and emphasis. */
function plainHeading(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .trim();
}
