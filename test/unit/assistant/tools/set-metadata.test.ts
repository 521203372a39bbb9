import { expect, test } from 'vitest';
import { setMetadata } from '../../../../src/assistant/tools/set-metadata.ts';
import { createToolbox } from '../../../../src/assistant/tools/toolbox.ts';
import { StaleAttemptError } from '../../../../src/core/errors.ts';
import type { Metadata } from '../../../../src/core/threads/thread.ts';
import { testScene } from '../../../fixtures/scene.ts';

const KEYS = ['topic', 'urgent', 'tags'];

/** What the tool answers, and what it has stored by then; `held`: the attempt is still the newest. */
async function set(args: Record<string, unknown>, held = true) {
  const stored: Metadata[] = [];
  const tool = setMetadata(KEYS, {
    threads: { setMetadata: async (_, changes) => void stored.push(changes) },
    runs: {
      async keepRoute({ fence }) {
        if (!held) throw new StaleAttemptError('run', fence);
      },
    },
  });
  const call = { id: '1', name: 'set_metadata', args };
  const outcome = await createToolbox([tool], testScene()).call(call, new AbortController().signal);
  return { ...outcome, stored };
}

test.each([
  ['a text of 500 characters', { topic: 'x'.repeat(500) }],
  ['an empty text', { topic: '' }],
  ['numbers', { topic: -1.5 }],
  ['yes and no', { urgent: false, topic: true }],
  ['a list of 20 texts', { tags: Array.from({ length: 20 }, (_, index) => `tag ${index}`) }],
  ['an empty list', { tags: [] }],
  ['null, which takes a key away', { topic: null }],
])('%s is stored as it is', async (_, args) => {
  expect(await set(args)).toEqual({ result: { set: args }, isError: false, stored: [args] });
});

test.each([
  ['a text of 501 characters', { topic: 'x'.repeat(501) }, 'topic: '],
  ['a list of 21 texts', { tags: Array(21).fill('x') }, 'tags: '],
  ['a list of anything but texts', { tags: ['x', 1] }, 'tags: '],
  ['a map', { topic: { $set: 'x' } }, 'topic: '],
  ['a list of lists', { tags: [['x']] }, 'tags: '],
  ['a number without an end', { topic: Number.POSITIVE_INFINITY }, 'topic: '],
  ['a key that is not listed', { topic: 'x', plan: 'gold' }, '"plan"'],
  ['a path into a key', { 'topic.a': 'x' }, '"topic.a"'],
  ['an operator', { $set: { topic: 'x' } }, '"$set"'],
  ['a key of all objects', JSON.parse('{"__proto__": {"topic": "x"}}'), '"__proto__"'],
  ['nothing', {}, 'Give at least one of topic, urgent, tags.'],
])('%s is refused with a sentence that says where, and nothing is stored', async (_, args, told) => {
  const { result, isError, stored } = await set(args);
  expect({ isError, stored }).toEqual({ isError: true, stored: [] });
  expect(result).toContain(told);
});

test('an attempt that was overtaken sets nothing', async () => {
  expect(await set({ topic: 'x' }, false)).toMatchObject({ isError: true, stored: [] });
});
