import { expect, test } from 'vitest';
import { createBatcher } from '../../../src/core/batching.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

type Batch = { items: readonly number[]; end: PromiseWithResolvers<readonly string[]> };

/** A batcher whose batches end when the test says so. */
function stepped(maxItems = 10) {
  const batches: Batch[] = [];
  const ask = createBatcher<number, string>({
    maxItems,
    perform(items) {
      const end = Promise.withResolvers<readonly string[]>();
      batches.push({ items, end });
      return end.promise;
    },
  });
  /** The batch of that index, as soon as it has begun. */
  async function batch(index: number): Promise<Batch> {
    for (;;) {
      const found = batches[index];
      if (found !== undefined) return found;
      await turn();
    }
  }
  return { ask, batches, batch };
}

test('an item that comes alone goes in the same turn of the event loop', async () => {
  const { ask, batches } = stepped();
  void ask(1);
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([[1]]);
});

test('items of one turn go together', async () => {
  const { ask, batches } = stepped();
  void ask(1);
  await Promise.resolve().then(() => void ask(2));
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([[1, 2]]);
});

test('items that come while a batch is under way go together in the next, each with its own result', async () => {
  const { ask, batch } = stepped();
  const first = ask(1);
  const { end } = await batch(0);
  const answers = [first, ask(2), ask(3)];
  end.resolve(['one']);
  const next = await batch(1);
  expect(next.items).toEqual([2, 3]);
  next.end.resolve(['two', 'three']);
  expect(await Promise.all(answers)).toEqual(['one', 'two', 'three']);
});

test('a batch has no more items than it may have, and the rest follows', async () => {
  const { ask, batch } = stepped(2);
  const answers = [1, 2, 3, 4].map(ask);
  for (const [index, wanted] of [
    [1, 2],
    [3, 4],
  ].entries()) {
    const { items, end } = await batch(index);
    expect(items).toEqual(wanted);
    end.resolve(items.map(String));
  }
  expect(await Promise.all(answers)).toEqual(['1', '2', '3', '4']);
});

test('a batch that fails is rejected as a whole, and the next is tried all the same', async () => {
  const { ask, batch } = stepped();
  const first = ask(1);
  const { end } = await batch(0);
  const second = [ask(2), ask(3)];
  end.resolve(['one']);
  await first;
  (await batch(1)).end.reject(new Error('away'));
  for (const each of second) await expect(each).rejects.toThrow('away');
  const third = ask(4);
  (await batch(2)).end.resolve(['four']);
  expect(await third).toBe('four');
});

test('what waits behind a batch that fails is rejected with it, and not tried once more', async () => {
  const { ask, batch, batches } = stepped(2);
  const answers = [1, 2, 3, 4].map(ask);
  (await batch(0)).end.reject(new Error('away'));
  for (const each of answers) await expect(each).rejects.toThrow('away');
  expect(batches).toHaveLength(1);
});

test('a batch is under way until each of its items has come out', async () => {
  const first = Promise.withResolvers<string>();
  const begun: number[] = [];
  const ask = createBatcher<number, string>({
    maxItems: 10,
    async perform(items) {
      begun.push(...items);
      return items.map((item) => (item === 1 ? first.promise : 'later'));
    },
  });
  const one = ask(1);
  await turn();
  const answers = [one, ask(2)];
  await turn();
  expect(begun).toEqual([1]);
  first.reject(new Error('refused'));
  await expect(answers[0]).rejects.toThrow('refused');
  expect(await answers[1]).toBe('later');
});
