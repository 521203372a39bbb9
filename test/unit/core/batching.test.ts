import { expect, test } from 'vitest';
import { createBatcher } from '../../../src/core/batching.ts';

/** A batcher whose batches end when the test says so. */
function stepped(maxItems = 10) {
  const batches: { items: readonly number[]; end: PromiseWithResolvers<readonly string[]> }[] = [];
  const ask = createBatcher<number, string>({
    maxItems,
    perform(items) {
      const end = Promise.withResolvers<readonly string[]>();
      batches.push({ items, end });
      return end.promise;
    },
  });
  return { ask, batches };
}

test('an item that comes alone goes at once', () => {
  const { ask, batches } = stepped();
  void ask(1);
  expect(batches.map(({ items }) => items)).toEqual([[1]]);
});

test('items that come while a batch is under way go together in the next, each with its own result', async () => {
  const { ask, batches } = stepped();
  const answers = [1, 2, 3].map(ask);
  batches[0]?.end.resolve(['one']);
  expect(await answers[0]).toBe('one');
  expect(batches.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  batches[1]?.end.resolve(['two', 'three']);
  expect(await Promise.all(answers)).toEqual(['one', 'two', 'three']);
});

test('a batch has no more items than it may have, and the rest follows', async () => {
  const { ask, batches } = stepped(2);
  const answers = [1, 2, 3, 4].map(ask);
  for (const { end, items } of batches) {
    end.resolve(items.map(String));
    await answers[(items[0] ?? 0) - 1];
  }
  expect(await Promise.all(answers)).toEqual(['1', '2', '3', '4']);
  expect(batches.map(({ items }) => items)).toEqual([[1], [2, 3], [4]]);
});

test('a batch that fails is rejected as a whole, and the next is tried all the same', async () => {
  const { ask, batches } = stepped();
  const first = ask(1);
  const second = [ask(2), ask(3)];
  batches[0]?.end.resolve(['one']);
  await first;
  batches[1]?.end.reject(new Error('away'));
  for (const each of second) await expect(each).rejects.toThrow('away');
  const third = ask(4);
  batches[2]?.end.resolve(['four']);
  expect(await third).toBe('four');
});
