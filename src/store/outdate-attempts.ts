import type { ClientSession } from 'mongoose';
import type { SaidBefore } from '../core/approval/approval.ts';
import { COPIES, isCopy } from '../core/messages/copied-results.ts';
import type { RunDocument } from './documents.ts';
import type { Models } from './models.ts';

/** A record of a run that is stored later than this after its end, in milliseconds, keeps no text. */
const RECORDED_WITHIN_MS = 600_000;
/** Runs that ended so long ago have no record on its way: longer than the above, and than a transaction of MongoDB may take. */
const LOOKED_BACK_MS = 2 * RECORDED_WITHIN_MS;

/** By the clock of the database, which is one for all who ask. */
const endedWithin = (ms: number) => ({ $gt: ['$endedAt', { $subtract: ['$$NOW', ms] }] });

/** What a run that waits for people has said already is said again later. */
const APPROVAL_WITHOUT_COPIES = {
  $cond: [
    { $eq: [{ $type: '$approval' }, 'object'] },
    {
      $mergeObjects: [
        '$approval',
        {
          said: {
            $map: {
              input: '$approval.said',
              as: 'each',
              in: {
                $cond: [
                  { $or: COPIES.map((regex) => ({ $regexMatch: { input: '$$each.text', regex } })) },
                  { $mergeObjects: ['$$each', { text: '' }] },
                  '$$each',
                ],
              },
            },
          },
        },
      ],
    },
    { $ifNull: ['$approval', '$$REMOVE'] },
  ],
};

/** The same for an attempt that is about to wait. Pure. */
export function withoutCopies(said: readonly SaidBefore[]): SaidBefore[] {
  return said.map((each) => (isCopy(each.text) ? { ...each, text: '' } : each));
}

/**
 * Notes, in the transaction that erases messages, that what attempts of the thread's runs have read so far may be gone. Each
 * write of such an attempt that keeps what it read touches its run as well, so that it conflicts with this, and comes before
 * the erasure, which then finds it, or after it, and sees the note.
 */
export async function outdateAttempts(
  models: Models,
  threadId: string,
  session: ClientSession,
): Promise<void> {
  await models.runs.updateMany(
    { threadId, $or: [{ endedAt: null }, { $expr: endedWithin(LOOKED_BACK_MS) }] },
    [{ $set: { outdatedFence: '$fence', approval: APPROVAL_WITHOUT_COPIES } }],
    { session, updatePipeline: true },
  );
}

/** Whether an attempt may have read what was erased since. Pure. */
export function isOutdated({ outdatedFence }: Pick<RunDocument, 'outdatedFence'>, fence: number): boolean {
  return outdatedFence !== undefined && outdatedFence >= fence;
}

/** As a filter of its run: that an attempt has read nothing that was erased since, for what is kept after the run's end. */
export function upToDate(fence: number) {
  return {
    outdatedFence: { $not: { $gte: fence } },
    $expr: { $or: [{ $eq: ['$endedAt', null] }, endedWithin(RECORDED_WITHIN_MS)] },
  };
}

/** As a filter: runs whose newest attempt is outdated. */
export const HAS_OUTDATED_ATTEMPT = { $expr: { $gte: ['$outdatedFence', '$fence'] } };
