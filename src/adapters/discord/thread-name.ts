import { NAME_LIMIT } from './limits.ts';
/** A name for the thread that answers a message: its first line with text, cut at a word where that is possible. */
export function threadNameFor(text: string): string {
  const line = text
    .split('\n')
    .map((each) => each.replace(/\s+/g, ' ').trim())
    .find((each) => each !== '');
  if (line === undefined) return 'Conversation';
  if (line.length <= NAME_LIMIT) return line;
  const cut = line.slice(0, NAME_LIMIT - 1);
  const word = cut.lastIndexOf(' ');
  return `${(word > NAME_LIMIT / 2 ? cut.slice(0, word) : cut).toWellFormed().replaceAll('\ufffd', '')}…`;
}
