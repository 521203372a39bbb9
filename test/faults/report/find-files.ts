import { globSync, readFileSync } from 'node:fs';

export type PromiseFile = {
  /** Path from the root. */
  file: string;
  /** The promises that its text names by their number. */
  promises: readonly number[];
};

/** The test files that declare promises: those that import the fixture. */
export function findPromiseFiles(root: URL): PromiseFile[] {
  const files = globSync('test/**/*.test.ts', { cwd: root.pathname }).toSorted();
  return files.flatMap((file) => {
    const text = readFileSync(new URL(file, root), 'utf8');
    return importsFixture(text) ? [{ file, promises: promisesOf(text) }] : [];
  });
}

function importsFixture(text: string): boolean {
  return /^import \{[^}]*\bpromise\b[^}]*\} from '[./]+\/fixtures\/promise\.ts';$/m.test(text);
}

/** The numbers of the promises that a test file declares. */
export function promisesOf(text: string): number[] {
  const numbers = [...text.matchAll(/\bpromise\(\s*(\d+),/g)].map(([, n]) => Number(n));
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}
