/** Longer names fill a sentence; platforms allow up to 255 characters. */
const LONGEST_NAME = 100;

/**
 * A file's name on one line, fit for sentences and prompts: a name is text that a person chose. Never empty; keeps the
 * extension of a name that is cut. Pure.
 */
export function plainFileName(name: string): string {
  const line = name
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Z}"“”<>`]+/gu, ' ')
    .trim();
  if (line === '') return 'file';
  if (line.length <= LONGEST_NAME) return line;
  const extension = /\.\w{1,10}$/.exec(line)?.[0] ?? '';
  return `${line.slice(0, LONGEST_NAME - extension.length - 1).toWellFormed()}…${extension}`;
}
