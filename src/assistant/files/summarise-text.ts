/** A text as short as this is its own summary: about 1,000 tokens. */
const WHOLE_CHARACTERS = 4_000;
/** Of a longer one: its beginning, which says what it is. */
const BEGINNING_CHARACTERS = 1_500;
/** And its headings, sheets or pages. */
const OUTLINE_LINES = 30;
/** Of one heading. */
const HEADING_CHARACTERS = 100;

/** What a text is about without a model: all of a short one, else its beginning and its outline. Pure. */
export function summariseText(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length <= WHOLE_CHARACTERS) return trimmed;
  const beginning = cutAtLine(trimmed);
  const { shown, more } = outlineOf(trimmed);
  const rest = more > 0 ? `\n… and ${more} more` : '';
  const outline = shown.length === 0 ? '' : `\n\nOutline:\n${shown.join('\n')}${rest}`;
  return `${beginning}\n…${outline}`;
}

/** The first headings, and how many more there are: a text may have a million, of which nothing is made here. */
function outlineOf(markdown: string): { shown: string[]; more: number } {
  const shown: string[] = [];
  let more = 0;
  for (const [, marks = '', heading = ''] of markdown.matchAll(/^(#{1,4}) +(.+)$/gm)) {
    if (shown.length === OUTLINE_LINES) {
      more += 1;
    } else {
      const indent = '  '.repeat(marks.length - 1);
      shown.push(`${indent}- ${heading.slice(0, HEADING_CHARACTERS).toWellFormed()}`);
    }
  }
  return { shown, more };
}

/** At the last line's end in its second half, so that no table or sentence is torn for nothing. */
function cutAtLine(text: string): string {
  const start = text.slice(0, BEGINNING_CHARACTERS).toWellFormed();
  const end = start.lastIndexOf('\n');
  return (end > BEGINNING_CHARACTERS / 2 ? start.slice(0, end) : start).trimEnd();
}
