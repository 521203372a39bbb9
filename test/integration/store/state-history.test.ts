import { fc } from '../../fixtures/fast-check.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StateUpdate } from '../../../src/core/ports.ts';
import { messagesAt } from '../../../src/core/threads/state-at.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { newThread, runOn, says } from '../../fixtures/admissions.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterAll(() => database.close());

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000);

const update = (threadId: string, wish: Partial<StateUpdate>, seconds = 1) =>
  stores.state.update(
    threadId,
    { messages: [], removed: [], values: {}, asNode: null, ...wish },
    at(seconds),
  );

/** The whole state after a step, as it is read from the store. */
async function stateAt(threadId: string, seq: number) {
  const messages = await stores.messages.between(threadId, 0, seq);
  return {
    texts: messagesAt(messages, seq).map(({ text }) => text),
    values: await stores.state.valuesAt(threadId, seq),
  };
}

async function stateNow(threadId: string) {
  const thread = await stores.threads.find(threadId);
  if (thread === null) throw new Error('no thread');
  const state = await stateAt(threadId, thread.lastSeq);
  expect(thread.values).toEqual(state.values);
  return { ...state, lastSeq: thread.lastSeq };
}

type Step =
  | { do: 'say'; count: number }
  | { do: 'ask' }
  | { do: 'edit'; which: number }
  | { do: 'merge'; key: number }
  | { do: 'replace'; which: number; key: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('say' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.constant<Step>({ do: 'ask' }),
  fc.record({ do: fc.constant('edit' as const), which: fc.nat(50) }),
  fc.record({ do: fc.constant('merge' as const), key: fc.nat(3) }),
  fc.record({ do: fc.constant('replace' as const), which: fc.nat(50), key: fc.nat(3) }),
);

test('the state after each step reads as it was then, whatever came after', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const thread = newThread();
      await stores.directory.create(thread, at(0));
      const then: Awaited<ReturnType<typeof stateNow>>[] = [await stateNow(thread.id)];
      const model: string[] = [];
      for (const [index, each] of steps.entries()) {
        const known = await stores.messages.tail(thread.id, 100);
        const target = 'which' in each ? known[each.which % (known.length || 1)] : undefined;
        switch (each.do) {
          case 'say': {
            const texts = Array.from({ length: each.count }, (_, count) => `${index}.${count}`);
            model.push(...texts);
            await update(thread.id, { messages: texts.map((text) => says(text)) });
            break;
          }
          case 'ask':
            model.push(`${index}`);
            await stores.inbox.admit(runOn(thread, [says(`${index}`)]));
            break;
          case 'edit':
            if (target === undefined) break;
            model[known.indexOf(target)] = `${index} edited`;
            await stores.messages.revise(thread.id, target.id, `${index} edited`, at(index));
            break;
          case 'merge':
            await update(thread.id, { values: { [`k${each.key}`]: index } });
            break;
          case 'replace':
            if (target === undefined) break;
            model[known.indexOf(target)] = `${index} replaced`;
            await update(thread.id, {
              messages: [says(`${index} replaced`, { id: target.id })],
              values: { [`k${each.key}`]: index },
            });
        }
        const now = await stateNow(thread.id);
        expect(now.texts).toEqual(model);
        then.push(now);
      }
      for (const { lastSeq, ...state } of then) expect(await stateAt(thread.id, lastSeq)).toEqual(state);
    }),
    { numRuns: 40 },
  );
});
