import type { Connection } from 'mongoose';
import type { Claim, LastChancePostponement } from '../core/ports.ts';
import { lossesBeforeLastChance } from '../core/runs/last-chance.ts';
import { type RunDocument, toRun } from './documents.ts';
import type { Run } from '../core/runs/run.ts';
import { isDuplicateKey } from './foreign-errors.ts';

type ClaimedRun = { kind: 'claimed'; run: Run };

/**
 * One findOneAndUpdate finds the run to execute and takes it. A stale running run sorts before queued ones; the first
 * queued run is matched even when it is not available yet, and then left as it was, so that no later run overtakes it.
 * A stale one that is postponed is given back in the same step: claimed first, it could lose its process once more.
 * The unique index on running runs refuses the claim while another run of the thread is running.
 */
export async function claimNextRun(
  connection: Connection,
  threadId: string,
  workerId: string,
  now: Date,
  staleBefore: Date,
  postpone?: LastChancePostponement,
): Promise<ClaimedRun | Exclude<Claim, { kind: 'claimed' }>> {
  const isStale = { $eq: ['$status', 'running'] };
  const isDue = { $or: [isStale, { $lte: ['$availableAt', now] }] };
  const losses = { $add: [{ $ifNull: ['$lostAttempts', 0] }, { $cond: [isStale, 1, 0] }] };
  const isPostponed = postpone === undefined ? false : { $and: [isDue, isLastChance(losses, postpone)] };
  const take = (taken: unknown, left: unknown) => ({
    $cond: [{ $and: [isDue, { $not: [isPostponed] }] }, taken, left],
  });
  try {
    const run = await connection.collection<RunDocument>('runs').findOneAndUpdate(
      {
        threadId,
        $or: [{ status: 'running', heartbeatAt: { $lt: staleBefore } }, { status: 'queued' }],
      },
      [
        {
          $set: {
            fence: take({ $add: ['$fence', 1] }, '$fence'),
            attempt: take({ $add: ['$attempt', 1] }, '$attempt'),
            lostAttempts: { $cond: [isStale, losses, { $ifNull: ['$lostAttempts', '$$REMOVE'] }] },
            workerId: take({ $literal: workerId }, null),
            heartbeatAt: take(now, null),
            startedAt: take({ $ifNull: ['$startedAt', now] }, '$startedAt'),
            availableAt: { $cond: [isPostponed, postpone?.until ?? '$availableAt', '$availableAt'] },
            status: take('running', 'queued'),
          },
        },
      ],
      { sort: { status: -1, ordinal: 1 }, returnDocument: 'after' },
    );
    if (run === null) return { kind: 'nothing' };
    if (run.status !== 'running') return { kind: 'later', availableAt: run.availableAt };
    return { kind: 'claimed', run: toRun(run) };
  } catch (thrown) {
    if (isDuplicateKey(thrown, ['threadId'])) return { kind: 'busy' };
    throw thrown;
  }
}

/** As `isOnLastChance` of the run once it were claimed. */
function isLastChance(losses: unknown, { maxAttempts }: LastChancePostponement) {
  return {
    $and: [{ $lt: ['$attempt', maxAttempts] }, { $gte: [losses, lossesBeforeLastChance(maxAttempts)] }],
  };
}
