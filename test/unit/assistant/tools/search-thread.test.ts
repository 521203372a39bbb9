import { expect, test } from 'vitest';
import { searchThread } from '../../../../src/assistant/tools/search-thread.ts';
import { createToolbox } from '../../../../src/assistant/tools/toolbox.ts';
import type { Message } from '../../../../src/core/messages/message.ts';
import { testScene } from '../../../fixtures/scene.ts';
import { storedMessage } from '../../../fixtures/stored-message.ts';

/** Searches a thread that says this, its last message being the question. */
async function search(said: readonly (string | Partial<Message>)[], args: Record<string, unknown>) {
  const messages = [...said, 'which was it?'].map((each, index) =>
    storedMessage({
      id: `m${index + 1}`,
      seq: index + 1,
      ...(typeof each === 'string' ? { text: each } : each),
    }),
  );
  const last = messages.length;
  let read = 0;
  const tool = searchThread({
    messages: {
      async between(_, after, upTo) {
        const page = messages.slice(Math.max(0, after), upTo);
        read += page.length;
        return page;
      },
    },
  });
  const scene = testScene();
  const outcome = await createToolbox([tool], {
    ...scene,
    thread: { ...scene.thread, lastSeq: last },
    run: { ...scene.run, ordinal: last, triggerMessageIds: [`m${last}`] },
  }).call({ id: '1', name: 'search_thread', args }, new AbortController().signal);
  return { ...outcome, read };
}

const textsOf = (result: unknown) => (result as { found: { text: string }[] }).found.map(({ text }) => text);

test.each([
  ['a word', 'invoice'],
  ['the beginning of a word', 'invo'],
  ['a word that is written a little otherwise', 'invoise'],
  ['a word among others', 'where is that invoice'],
])('%s finds a message', async (_, query) => {
  const { result } = await search(['The invoice is paid.', 'Hello.'], { query });
  expect(textsOf(result)).toEqual(['The invoice is paid.']);
});

test.each(['订单号', '这个号码是订单的吗', '4711', '711'])(
  'in a language without spaces "%s" finds a sentence that has a word of it',
  async (query) => {
    const { result } = await search(['我的订单号是4711。', '谢谢。'], { query });
    expect(textsOf(result)).toEqual(['我的订单号是4711。']);
  },
);

test('what people and assistants said is found, and neither results of tools nor the question itself', async () => {
  const said = [
    { text: 'which one?', author: { id: 'U1', name: 'Ada' } },
    { text: 'which one is it?', role: 'ai' as const, runId: 'r' },
    { text: '{"which":1}', role: 'tool' as const, runId: 'r' },
    { text: 'which', role: 'system' as const },
    { text: 'which', redactedAt: new Date(0) },
  ];
  const { result } = await search(said, { query: 'which' });
  expect(result).toMatchObject({
    found: [
      { seq: 1, who: 'Ada' },
      { seq: 2, who: 'assistant' },
    ],
  });
});

test.each([['xylophone'], ['?!'], ['   ']])('a query that finds nothing is told so: %j', async (query) => {
  expect((await search(['The invoice is paid.'], { query })).result).toEqual({
    found: [],
    note: 'Nothing was found. Try other words.',
  });
});

test.each([
  { query: '' },
  { query: 'x'.repeat(401) },
  { query: 'x', limit: 21 },
  { query: 'x', limit: 0 },
  {},
])('arguments out of bounds are refused: %j', async (args) => {
  expect(await search(['x'], args)).toMatchObject({ isError: true, read: 0 });
});

test('a result is bounded: five messages unless more are asked for, and of each the part with the words', async () => {
  const long = `${'word '.repeat(8_000)} the invoice ${'word '.repeat(8_000)}`;
  const said = Array.from({ length: 20 }, () => long);

  const few = textsOf((await search(said, { query: 'invoice' })).result);
  const many = await search(said, { query: 'invoice', limit: 20 });

  expect(few).toHaveLength(5);
  expect(textsOf(many.result)).toHaveLength(20);
  for (const text of textsOf(many.result)) expect(text).toMatch(/^….{1500}…$/s);
  for (const text of textsOf(many.result)) expect(text).toContain('the invoice');
  expect(JSON.stringify(many.result).length).toBeLessThan(40_000);
});

test('of a thread that is too long its newest part is looked through, and the model is told so', async () => {
  const steps = await search(['The invoice.', ...Array.from({ length: 12_000 }, () => 'hello')], {
    query: 'invoice',
  });
  const text = await search(['The invoice.', ...Array.from({ length: 60 }, () => 'hello '.repeat(6_667))], {
    query: 'invoice',
  });

  const note = 'The oldest messages were not looked through: the conversation is too long.';
  expect(steps.read).toBe(10_000);
  for (const { result } of [steps, text]) {
    expect(result).toEqual({ found: [], note: `Nothing was found. Try other words. ${note}` });
  }
});
