import { afterAll, expect, test } from 'vitest';
import { createSandbox } from '../../../../src/assistant/run-code/sandbox.ts';

const sandbox = createSandbox();
const { signal } = new AbortController();
const run = (code: string) => sandbox.evaluate(code, signal);
afterAll(() => sandbox.stop());

test('a program gives the value of its last expression and what it printed, and reaches nothing', async () => {
  expect(await run('console.log("hi", { a: 1 }); [1, 2].map((n) => n * 2)')).toEqual({
    result: [2, 4],
    console: 'hi {"a":1}',
  });
  expect(await run('(async () => 5)()')).toEqual({ result: 5 });
  expect(await run('x y')).toMatchObject({ error: expect.stringContaining('SyntaxError') });
  expect(await run('Object.keys(globalThis).join()')).toEqual({ result: 'console' });
  expect(await run('process.env')).toMatchObject({ error: expect.stringContaining('not defined') });
});

test('a program without an end, and one that takes all memory, are ended, and hold up nothing', async () => {
  const begun = performance.now();
  const endless = run('while (true) {}');
  await new Promise((resolve) => setImmediate(resolve));
  expect(performance.now() - begun).toBeLessThan(1_000);

  expect(await endless).toEqual({ error: 'The program did not end within 2 s.' });
  expect(await run('const a = []; while (true) a.push(new Uint8Array(1e6))')).toMatchObject({
    error: expect.stringContaining('out of memory'),
  });
});

test('a program that prints more than its interpreter can hold ends nothing but its interpreter', async () => {
  const much = `const s = "x".repeat(8e6); console.log(${Array(24).fill('s').join()});`;
  await expect(run(much)).rejects.toThrow('The program stopped its interpreter and was ended.');
  expect(await run('1 + 1')).toEqual({ result: 2 });
});
