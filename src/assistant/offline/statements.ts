/** A piece of a passage that can stand alone in an answer. */
export type Statement = {
  /** Markdown on one line; a piece of code that belongs to it stands below. */
  text: string;
  /** Whether it is an item of a list or a row of a table, which stands on a line of its own. */
  isItem: boolean;
};

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Code that is longer is left to the source. */
const MAX_CODE_CHARACTERS = 600;

/** Ends that are no ends of sentences. */
const ABBREVIATION = /\b(e\.g|i\.e|etc|cf|vs|no|approx|min|max|dr|mr|mrs|ms|st)\.\s*$/i;

/** The sentences, list items and table rows of a passage, in their order, without the marks of its Markdown. Pure. */
export function statementsOf(markdown: string): Statement[] {
  const statements: Statement[] = [];
  let paragraph: string[] = [];
  let isItem = false;
  const close = () => {
    const text = readable(paragraph.join(' '));
    if (text !== '') statements.push(...sentencesOf(text).map((sentence) => ({ text: sentence, isItem })));
    paragraph = [];
    isItem = false;
  };
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence !== undefined) {
      close();
      const end = lines.findIndex((each, index) => index > at && each.trim().startsWith(fence));
      const last = end === -1 ? lines.length - 1 : end;
      attach(statements, lines.slice(at, last + 1).join('\n'));
      at = last;
    } else if (/^\s*\|/.test(line)) {
      close();
      const row = rowText(lines, at);
      if (row !== null) statements.push({ text: readable(row), isItem: true });
    } else if (/^\s*([-*+]|\d+[.)])\s+/.test(line)) {
      close();
      isItem = true;
      paragraph.push(line.replace(/^\s*([-*+]|\d+[.)])\s+/, ''));
    } else if (line.trim() === '' || /^#{1,6}\s/.test(line)) close();
    else paragraph.push(line.trim());
  }
  close();
  return statements.filter(({ text }) => /\p{L}/u.test(text));
}

/** A colon announces code, and what announces it is no answer without it. */
function attach(statements: Statement[], code: string): void {
  const before = statements.at(-1);
  if (before === undefined || !before.text.endsWith(':') || code.length > MAX_CODE_CHARACTERS) return;
  statements[statements.length - 1] = { ...before, text: `${before.text}\n\n${code}\n` };
}

/** A row as `first cell: the others`; null for a table's head and rule. */
function rowText(lines: readonly string[], at: number): string | null {
  const isRule = (line: string | undefined) => /^\s*\|[\s:|-]+\|?\s*$/.test(line ?? '');
  if (isRule(lines[at]) || isRule(lines[at + 1])) return null;
  const cells = (lines[at] ?? '')
    .trim()
    .replaceAll(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim())
    .filter((cell) => cell !== '');
  const [first, ...others] = cells;
  return first === undefined ? null : [first, others.join('; ')].filter(Boolean).join(': ');
}

function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const before = sentences.at(-1);
    if (before !== undefined && (ABBREVIATION.test(before) || isOpen(before))) {
      sentences[sentences.length - 1] = before + segment;
    } else sentences.push(segment);
  }
  return sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence !== '');
}

/** In the middle of a piece of code, or of bold text, a point ends no sentence. */
function isOpen(text: string): boolean {
  return ['`', '**'].some((mark) => (text.split(mark).length - 1) % 2 === 1);
}

/** Links that lead nowhere outside their document become their text; pictures go. */
function readable(text: string): string {
  return text
    .replaceAll(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replaceAll(/\[([^\]]*)\]\((?!https?:)[^)]*\)/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
