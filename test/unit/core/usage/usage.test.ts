import { fc } from '../../../fixtures/fast-check.ts';
import { encode } from 'gpt-tokenizer';
import { expect, test } from 'vitest';
import { budgetSpent } from '../../../../src/core/usage/budget.ts';
import { dayOf, endOfDay } from '../../../../src/core/usage/day.ts';
import { mostInputTokens } from '../../../../src/core/usage/estimate.ts';
import { addUsage, costOf, type RunUsage } from '../../../../src/core/usage/usage.ts';

const PRICE = { input: 2, output: 8, cachedInput: 0.5 };

test('cached input costs its own price, and the rest the usual one', () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 500_000, cachedTokens: 400_000 };
  expect(costOf(usage, PRICE)).toBeCloseTo(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8);
  expect(costOf({ inputTokens: 1_000_000, outputTokens: 0 }, PRICE)).toBe(2);
});

test('a sum tells models apart, and a cost that one of them has', () => {
  const of = (model: string, inputTokens: number, costUsd?: number): RunUsage => {
    const usage = { inputTokens, outputTokens: 1, ...(costUsd === undefined ? {} : { costUsd }) };
    return { ...usage, byModel: [{ model, ...usage }] };
  };
  const sum = [of('a/one', 10, 0.5), of('b/two', 20), of('a/one', 5, 0.25)].reduce<RunUsage | null>(
    addUsage,
    null,
  );
  expect(sum).toEqual({
    inputTokens: 35,
    outputTokens: 3,
    costUsd: 0.75,
    byModel: [
      { model: 'a/one', inputTokens: 15, outputTokens: 2, costUsd: 0.75 },
      { model: 'b/two', inputTokens: 20, outputTokens: 1 },
    ],
  });
});

test('no text has more tokens than are put aside for it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 4 }), (texts) => {
      const most = mostInputTokens({
        threadName: null,
        instructions: texts[0] ?? '',
        messages: texts.map((text) => ({ role: 'human', text })),
        tools: [],
      });
      const counted = [texts[0] ?? '', ...texts].reduce((sum, text) => sum + encode(text).length, 0);
      expect(most).toBeGreaterThanOrEqual(counted + 3 * texts.length + 3);
    }),
    { numRuns: 20 },
  );
});

test('days are those of UTC', () => {
  const late = new Date('2026-12-31T23:59:59.999Z');
  expect(dayOf(late)).toBe('2026-12-31');
  expect(endOfDay(late)).toEqual(new Date('2027-01-01T00:00:00Z'));
});

test('whoever has spent a budget is told whose, how much it was, and when it is renewed', () => {
  const at = new Date('2026-11-26T18:48:30Z');
  const limit = { tokens: 100_000, usd: 2.5 };
  expect(budgetSpent('project', limit, { tokens: 100_000, usd: 1 }, at)).toMatchObject({
    code: 'budget_spent',
    retryable: false,
    message:
      "This project has spent today's budget of 100,000 tokens and $2.50. It is renewed at 00:00 UTC, in 5 h 12 min.",
  });
  expect(budgetSpent('person', { tokens: null, usd: 2 }, { tokens: 9, usd: 1.999 }, at).message).toBe(
    'What is left of your budget for today ($2.00) does not suffice for this answer. It is renewed at 00:00 UTC, in 5 h 12 min.',
  );
});
