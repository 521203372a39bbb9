import type { PaceAnswer, PaceStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import type { PaceDocument, PaceEntry } from './usage-documents.ts';

/**
 * How many windows before a person's newest message are remembered. A message that comes again later is in its thread
 * already, and sets off nothing whatever is said of it.
 */
const WINDOWS_KEPT = 3;

/** Each question is one update of the person's document, whose outcome is the answer. */
export function createPaceStore({ connection }: Database): PaceStore {
  const paces = connection.collection<PaceDocument>('paces');

  const take: PaceStore['take'] = async (ask, { most, windowMs }) => {
    const { projectId, personId, messageKey: key, sentAt } = ask;
    const where = (cond: unknown) => ({ $filter: { input: '$entries', as: 'each', cond } });
    // Also those that were sent after it: in whatever order messages come, no window holds more.
    const near = { $lt: [{ $abs: { $subtract: ['$$each.at', sentAt] } }, windowMs] };
    const isKnown = { $in: [{ $literal: key }, '$entries.key'] };
    const count = (runs: boolean) => ({ $size: where({ $and: [near, { $eq: ['$$each.runs', runs] }] }) });
    const withEntry = (runs: boolean) => ({
      $concatArrays: ['$entries', [{ $literal: { key, at: sentAt, runs } satisfies PaceEntry }]],
    });
    const document = await paces.findOneAndUpdate(
      { _id: JSON.stringify([projectId, personId]) },
      [
        {
          $set: {
            projectId: { $literal: projectId },
            personId: { $literal: personId },
            entries: { $ifNull: ['$entries', []] },
            expiresAt: { $max: ['$expiresAt', new Date(sentAt.getTime() + windowMs * WINDOWS_KEPT)] },
          },
        },
        {
          $set: {
            entries: where({
              $gt: ['$$each.at', { $subtract: [{ $max: '$entries.at' }, windowMs * WINDOWS_KEPT] }],
            }),
          },
        },
        {
          $set: {
            entries: {
              $cond: [
                isKnown,
                '$entries',
                {
                  $cond: [
                    { $lt: [count(true), most] },
                    withEntry(true),
                    { $cond: [{ $eq: [count(false), 0] }, withEntry(false), '$entries'] },
                  ],
                },
              ],
            },
          },
        },
      ],
      { upsert: true, returnDocument: 'after' },
    );
    return answerTo(document?.entries ?? [], { key, sentAt, most, windowMs });
  };

  return {
    take: (...asked) =>
      mapped(async () => {
        try {
          return await take(...asked);
        } catch (thrown) {
          // Two that came first at once: one of them made the document.
          if (isDuplicateKey(thrown)) return take(...asked);
          throw thrown;
        }
      }),
  };
}

type Asked = { key: string; sentAt: Date; most: number; windowMs: number };

function answerTo(entries: readonly PaceEntry[], { key, sentAt, most, windowMs }: Asked): PaceAnswer {
  const mine = entries.find((entry) => entry.key === key);
  if (mine?.runs === true) return { kind: 'runs' };
  const ran = entries
    .filter(({ at, runs }) => runs && Math.abs(at.getTime() - sentAt.getTime()) < windowMs)
    .map(({ at }) => at.getTime())
    .toSorted((one, other) => one - other);
  const freeAt = (ran[Math.max(0, ran.length - most)] ?? sentAt.getTime()) + windowMs;
  return { kind: 'held', first: mine !== undefined, waitMs: Math.max(0, freeAt - sentAt.getTime()) };
}
