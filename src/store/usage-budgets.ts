import type { BudgetScope, BudgetStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import type { BudgetDocument, HeldAmount } from './usage-documents.ts';

/** What a day's budget came to is kept for so long after it was last used, for people who look into it. */
const BUDGET_KEPT_MS = 172_800_000;

function idOf({ projectId, day, personId }: BudgetScope): string {
  return JSON.stringify([projectId, day, personId]);
}

const heldWhere = (cond: unknown) => ({ $filter: { input: { $ifNull: ['$held', []] }, as: 'each', cond } });

/** Budgets of MongoDB, one document a day and scope; each question is one update of it. */
export function createBudgetStore({ connection }: Database): BudgetStore {
  const budgets = connection.collection<BudgetDocument>('budgets');

  const reserve: BudgetStore['reserve'] = async (scope, limit, { id, most, likely, until }, now) => {
    const held: HeldAmount = {
      id,
      ...most,
      likelyTokens: likely.tokens,
      likelyUsd: likely.usd,
      until,
    };
    const fits = (field: 'tokens' | 'usd') =>
      limit[field] === null
        ? true
        : { $lte: [{ $add: [`$${field}`, { $sum: `$held.${field}` }, most[field]] }, limit[field]] };
    const lapsed = (field: string) => ({
      $sum: { $map: { input: '$lapsed', as: 'each', in: `$$each.${field}` } },
    });
    const document = await budgets.findOneAndUpdate(
      { _id: idOf(scope) },
      [
        {
          $set: {
            ...Object.fromEntries(Object.entries(scope).map(([key, value]) => [key, { $literal: value }])),
            expiresAt: new Date(now.getTime() + BUDGET_KEPT_MS),
            lapsed: heldWhere({ $lte: ['$$each.until', now] }),
            held: heldWhere({ $gt: ['$$each.until', now] }),
          },
        },
        {
          $set: {
            tokens: { $add: [{ $ifNull: ['$tokens', 0] }, lapsed('likelyTokens')] },
            usd: { $add: [{ $ifNull: ['$usd', 0] }, lapsed('likelyUsd')] },
          },
        },
        {
          $set: {
            held: {
              $cond: [
                { $and: [fits('tokens'), fits('usd')] },
                { $concatArrays: ['$held', [{ $literal: held }]] },
                '$held',
              ],
            },
          },
        },
        { $unset: 'lapsed' },
      ],
      { upsert: true, returnDocument: 'after' },
    );
    if (document === null) throw new Error('an upsert made no document');
    if (document.held.some((each) => each.id === id)) return { kind: 'reserved' };
    const { tokens, usd } = document;
    return {
      kind: 'refused',
      spent: { tokens, usd },
      reserved: {
        tokens: document.held.reduce((sum, each) => sum + each.tokens, 0),
        usd: document.held.reduce((sum, each) => sum + each.usd, 0),
      },
    };
  };

  return {
    reserve: (...asked) =>
      mapped(async () => {
        try {
          return await reserve(...asked);
        } catch (thrown) {
          // Two that came first at once: one of them made the document.
          if (isDuplicateKey(thrown)) return reserve(...asked);
          throw thrown;
        }
      }),

    renew: (scope, reservationId, until) =>
      mapped(async () => {
        await budgets.updateOne(
          { _id: idOf(scope), 'held.id': reservationId },
          { $set: { 'held.$.until': until } },
        );
      }),

    settle: (scope, reservationId, { tokens, usd }) =>
      mapped(async () => {
        await budgets.updateOne(
          { _id: idOf(scope), 'held.id': reservationId },
          { $inc: { tokens, usd }, $pull: { held: { id: reservationId } } },
        );
      }),
  };
}
