import { expect, test } from 'vitest';
import { z } from 'zod';
import { createToolbox } from '../../../../src/assistant/tools/toolbox.ts';
import { defineTool, type Tool } from '../../../../src/assistant/tools/tool.ts';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { testScene } from '../../../fixtures/scene.ts';

const { signal } = new AbortController();

function tool(execute: (args: { n: number }, signal: AbortSignal) => unknown, timeoutMs?: number): Tool {
  return defineTool({
    name: 'count',
    description: 'Counts.',
    input: z.object({ n: z.number() }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    execute: async (args, _scene, inTime) => execute(args, inTime),
  });
}

const call = (
  given: Tool,
  args: Record<string, unknown> = { n: 1 },
  withoutSecrets?: (t: string) => string,
) =>
  createToolbox([given], testScene(), withoutSecrets === undefined ? {} : { withoutSecrets }).call(
    { id: '1', name: 'count', args },
    signal,
  );

test('models are told of tools in the order of the list, with a JSON Schema', async () => {
  const other = defineTool({ name: 'a', description: 'A.', input: z.object({}), execute: async () => null });
  const first = tool(() => 'first');
  const box = createToolbox([first, other, tool(() => 'second')], testScene());

  expect((await box.list(signal)).map(({ name }) => name)).toEqual(['count', 'a']);
  expect((await box.list(signal))[0]?.inputSchema).toMatchObject({ type: 'object', required: ['n'] });
  expect(await box.call({ id: '1', name: 'count', args: { n: 1 } }, signal)).toEqual({
    result: 'first',
    isError: false,
  });
});

test('arguments that do not fit are a sentence for the model, and the tool is not called', async () => {
  let called = 0;
  const outcome = await call(
    tool(() => (called += 1)),
    { n: 'x' },
  );

  expect(outcome).toEqual({
    isError: true,
    result:
      'The arguments of "count" do not fit: n: Invalid input: expected number, received string. Mend them and call it again.',
  });
  expect(called).toBe(0);
});

test('a tool that is not there is a sentence for the model', async () => {
  const box = createToolbox([tool(() => 1)], testScene());
  for (const name of ['other', '__proto__', 'constructor', 'Count', 'count ']) {
    expect(await box.call({ id: '1', name, args: { n: 1 } }, signal)).toEqual({
      isError: true,
      result: `There is no tool "${name}". There are: count.`,
    });
  }
});

test('a call that takes too long is ended, also when it does not listen', async () => {
  let heard: AbortSignal | null = null;
  const outcome = await call(
    tool((_, inTime) => {
      heard = inTime;
      return new Promise(() => {});
    }, 20),
  );

  expect(outcome).toEqual({ isError: true, result: '"count" did not answer within 0.02 s.' });
  expect(heard).toMatchObject({ aborted: true });
});

test('a run that is stopped stops its calls', async () => {
  const stopped = new AbortController();
  const box = createToolbox([tool(() => new Promise(() => {}))], testScene());
  const outcome = box.call({ id: '1', name: 'count', args: { n: 1 } }, stopped.signal);
  stopped.abort(new Error('cancelled'));

  await expect(outcome).rejects.toThrow('cancelled');
});

test('of what fails a model reads our own sentences, and nothing of other errors', async () => {
  const ours = await call(tool(() => Promise.reject(new ThreadrelayError('not_found', 'No such order.'))));
  const other = await call(tool(() => Promise.reject(new Error('password=1234 at db.ts:12'))));

  expect(ours).toEqual({ isError: true, result: 'No such order.' });
  expect(other).toEqual({ isError: true, result: '"count" failed.' });
});

test('a result is plain JSON within a bound', async () => {
  const long = await call(tool(() => ({ text: '💥'.repeat(60_000) })));
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);

  expect(String(long.result)).toMatch(/\n\[cut here: [\d,]+ more characters\]$/);
  expect(String(long.result).length).toBeLessThan(40_100);
  expect(String(long.result).isWellFormed()).toBe(true);
  expect(await call(tool(() => ({ at: new Date(0), more: undefined })))).toEqual({
    result: { at: '1970-01-01T00:00:00.000Z' },
    isError: false,
  });
  expect(await call(tool(() => undefined))).toEqual({ result: null, isError: false });
  expect((await call(tool(() => cyclic))).result).toContain('no JSON');
});

test('secrets are in no result and no error', async () => {
  const blot = (text: string) => text.replaceAll('s3cret-token', '[secret]');
  const given = await call(
    tool(() => ({ echo: { authorization: 'Bearer s3cret-token' } })),
    { n: 1 },
    blot,
  );
  const failed = await call(
    tool(() => Promise.reject(new ThreadrelayError('platform_refused', 'Bad token s3cret-token'))),
    { n: 1 },
    blot,
  );

  expect(JSON.stringify([given, failed])).not.toContain('s3cret');
  expect(given.result).toEqual({ echo: { authorization: 'Bearer [secret]' } });
});
