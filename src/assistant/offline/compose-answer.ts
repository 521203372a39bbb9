import type { Passage } from '../../core/knowledge/knowledge.ts';
import type { Quote } from './choose-statements.ts';

/** Quotes with numbers, and below them where each is from. Markdown. Pure. */
export function composeAnswer(quotes: readonly Quote[]): string {
  const sources: { label: string; entry: string }[] = [];
  const paragraphs = quotes.map(({ passage, statements }) => {
    const entry = sourceEntry(passage);
    let number = sources.findIndex((source) => source.entry === entry) + 1;
    if (number === 0) number = sources.push({ label: '', entry });
    return quoted(statements, number);
  });
  const list = sources.map(({ entry }, index) => `${index + 1}. ${entry}`).join('\n');
  return `${paragraphs.join('\n\n')}\n\n**${sources.length === 1 ? 'Source' : 'Sources'}**\n${list}`;
}

function quoted(statements: Quote['statements'], number: number): string {
  let text = '';
  for (const [index, statement] of statements.entries()) {
    const mark = index === statements.length - 1 ? ` [${number}]` : '';
    const separator = index === 0 ? '' : statement.isItem ? '\n' : text.endsWith('\n') ? '\n' : ' ';
    text += `${separator}${statement.isItem ? '- ' : ''}${marked(statement.text, mark)}`;
  }
  return text.trimEnd();
}

/** The mark stands before code that belongs to a statement, not in it. */
function marked(text: string, mark: string): string {
  const code = text.indexOf('\n\n```');
  return code === -1 ? text + mark : text.slice(0, code) + mark + text.slice(code);
}

function sourceEntry(passage: Passage): string {
  const label = labelOf(passage);
  return passage.link === null
    ? `${label} (${passage.source})`
    : `[${label.replaceAll(/[[\]]/g, '')}](${passage.link})`;
}

/** Title and heading; the outermost heading of a document is often its title. */
export function labelOf({ title, heading }: Pick<Passage, 'title' | 'heading'>): string {
  if (heading === '') return title;
  return heading === title || heading.startsWith(`${title} › `) ? heading : `${title} › ${heading}`;
}
