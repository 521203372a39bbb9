import { relative } from 'node:path';
import { type TestModule, type Reporter, startVitest, type TestCase } from 'vitest/node';
import type { PromiseFile } from './find-files.ts';
import type { PromiseTest } from './sum-tests.ts';

export type RunOptions = {
  root: URL;
  files: readonly PromiseFile[];
  wanted: readonly number[];
  /** Files at a time. One alone is measured best. */
  workers: number;
  /** Lines about the progress. */
  say: (line: string) => void;
};

export type RunResult = { tests: PromiseTest[]; errors: number };

/** Runs the tests of the wanted promises and tells of each; a file that could not be loaded fails its promises. */
export async function runTests({ root, files, wanted, workers, say }: RunOptions): Promise<RunResult> {
  const nameOf = ({ moduleId }: TestModule) => relative(root.pathname, moduleId);
  const reporter: Reporter = {
    onInit: (vitest) => {
      const interrupted = () => void vitest.cancelCurrentRun('keyboard-input');
      process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    },
    onTestModuleStart: (module) => say(nameOf(module)),
    onTestCaseResult: (test) => {
      if (promiseOf(test) !== null) for (const line of told(test)) say(line);
    },
    onTestModuleEnd: (module) => {
      for (const { message } of module.errors()) say(`  ${nameOf(module)}: ${message}`);
    },
  };
  const vitest = await startVitest(
    files.map(({ file }) => file),
    {
      root: root.pathname,
      watch: false,
      testNamePattern: `promise (?:${wanted.join('|')}): `,
      reporters: [reporter],
      maxWorkers: workers,
    },
    {},
    // What vitest itself prints must not get among the figures.
    { stdout: process.stderr, stderr: process.stderr },
  );
  try {
    const modules = vitest.state.getTestModules();
    const errors = vitest.state.getUnhandledErrors();
    for (const error of errors) say(`unhandled: ${error instanceof Error ? error.stack : String(error)}`);
    const tests = files.flatMap((file) => {
      const module = modules.find((each) => nameOf(each) === file.file);
      return testsOf(file, module).filter(({ n }) => wanted.includes(n));
    });
    return { tests, errors: errors.length };
  } finally {
    await vitest.close();
  }
}

function testsOf(file: PromiseFile, module: TestModule | undefined): PromiseTest[] {
  const tests = [...(module?.children.allTests() ?? [])].flatMap((test): PromiseTest[] => {
    const n = promiseOf(test);
    return n === null ? [] : [{ n, outcome: test.result().state, tally: test.meta().promise }];
  });
  const missing = file.promises.filter((n) => tests.every((test) => test.n !== n));
  const unsound = module === undefined || module.errors().length > 0 ? file.promises : missing;
  return [...tests, ...unsound.map((n): PromiseTest => ({ n, outcome: 'failed', tally: undefined }))];
}

function promiseOf({ name }: TestCase): number | null {
  const [, n] = /^promise (\d+): /.exec(name) ?? [];
  return n === undefined ? null : Number(n);
}

function told(test: TestCase): string[] {
  const { state, errors } = test.result();
  const tally = test.meta().promise;
  const seconds = Math.round((test.diagnostic()?.duration ?? 0) / 1_000);
  if (state === 'skipped' && tally === undefined) return [];
  return [
    `  ${state} in ${seconds} s: ${test.name} (${tally?.tries ?? 0} tries, ${tally?.failures ?? 0} failures)`,
    ...(errors ?? []).map(({ message, diff, stack }) =>
      [`    ${message}`, diff, stack].filter((part) => part !== undefined).join('\n'),
    ),
  ];
}
