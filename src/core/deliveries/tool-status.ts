/** What people read while a tool works, as Markdown: one short line, which the answer replaces. */
export function toolStatus(name: string): string {
  const words = name
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .slice(0, 60);
  return `_Using ${words === '' ? 'a tool' : words} …_`;
}
