import { globSync, readFileSync } from 'node:fs';

export const ROOT = new URL('../../../', import.meta.url);

/** A file of the project, by its path from the root. */
export function projectFile(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** Paths of all pages for people, from the root. */
export const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT.pathname })].toSorted();

export type CodeBlock = { language: string; code: string };

/** The fenced blocks of a page, without the indentation of a list that holds them. */
export function codeBlocks(page: string): CodeBlock[] {
  return [...page.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].map(
    ([, indent = '', language = '', code = '']) => ({
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The blocks of a page in one language. */
export function blocksIn(page: string, language: string): string[] {
  return codeBlocks(page)
    .filter((block) => block.language === language)
    .map(({ code }) => code);
}

/** What a page sets as code: fenced blocks, and spans within a line. */
export function codeOf(page: string): string[] {
  const prose = page.replaceAll(/^( *)```.*?^\1```$/gms, '');
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return [...codeBlocks(page).map(({ code }) => code), ...spans];
}

/** Targets of links and images outside of code, without those that leave the project. */
export function relativeLinks(page: string): string[] {
  const prose = page.replaceAll(/^( *)```.*?^\1```$/gms, '').replaceAll(/`[^`]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The names by which headings of a page can be linked to. */
export function anchors(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The rows of a table whose first cell is code: that cell and the second one. */
export function codeRows(section: string): [string, string][] {
  return [...section.matchAll(/^\| `([^`]+)` \| ([^|]*) \|/gm)].map(([, name = '', value = '']) => [
    name,
    value.trim(),
  ]);
}

/** The text below a heading, up to the next one of the same or a higher level. */
export function section(page: string, heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const from = page.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`no heading "${heading}"`);
  const rest = page.slice(from + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}
