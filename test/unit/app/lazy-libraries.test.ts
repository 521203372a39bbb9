import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Each costs megabytes; they are loaded when they are first needed. */
const HEAVY = [
  'ai',
  '@ai-sdk/',
  'unpdf',
  'mammoth',
  'linkedom',
  'quickjs-emscripten',
  'minisearch',
  'gpt-tokenizer',
  '@langchain/',
  'read-excel-file',
  '@mozilla/readability',
  'html-to-text',
];

/** Imports the service and prints what was asked for by the name of a library. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  const asked = new Set();
  registerHooks({
    resolve(specifier, context, next) {
      if (!/^([./]|node:|file:)/.test(specifier)) asked.add(specifier);
      return next(specifier, context);
    },
  });
  await import(process.argv[1]);
  process.stdout.write([...asked].join('\\n'));
`;

test('a service that starts loads no library of models, files or knowledge', {
  timeout: 60_000,
}, async () => {
  const service = new URL('../../../src/app/start.ts', import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    PROGRAM,
    service,
  ]);
  const asked = stdout.split('\n');

  expect(asked).toContain('mongoose');
  const loaded = asked.filter((name) =>
    HEAVY.some((heavy) => (heavy.endsWith('/') ? name.startsWith(heavy) : name === heavy)),
  );
  expect(loaded).toEqual([]);
});
