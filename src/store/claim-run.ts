import type { Connection } from 'mongoose';
import { createBatcher } from '../core/batching.ts';
import type { Claim, LastChancePostponement } from '../core/ports.ts';
import { lossesBeforeLastChance } from '../core/runs/last-chance.ts';
import type { Run } from '../core/runs/run.ts';
import { claimTogether } from './claim-together.ts';
import type { Database } from './database.ts';
import { type RunDocument, toRun } from './documents.ts';
import { isDuplicateKey } from './foreign-errors.ts';
import { MOST_TOGETHER } from './together.ts';

type Claiming = {
  threadId: string;
  workerId: string;
  now: Date;
  /** A run that is running and whose heartbeat is older belongs to nobody. */
  staleBefore: Date;
  postpone: LastChancePostponement | undefined;
};
type ClaimedRun = { kind: 'claimed'; run: Run };
type Claimed = ClaimedRun | Exclude<Claim, { kind: 'claimed' }>;

/** Claims the next runs of threads; those that are asked for while others are being claimed share one transaction. */
export function createClaims({ connection }: Database): (claiming: Claiming) => Promise<Claimed> {
  return createBatcher<Claiming, Claimed>({
    maxItems: MOST_TOGETHER,
    async perform(claimings) {
      const together = claimings.length > 1 ? await claimTogether(connection, claimings) : null;
      return claimings.map((claiming, index) => {
        const run = together?.[index] ?? null;
        return run === null ? claimAlone(connection, claiming) : { kind: 'claimed', run: toRun(run) };
      });
    },
  });
}

/**
 * One findOneAndUpdate finds the run to execute and takes it. A stale running run sorts before queued ones; the first
 * queued run is matched even when it is not available yet, and then left as it was, so that no later run overtakes it.
 * A stale one that is postponed is given back in the same step: claimed first, it could lose its process once more.
 * The unique index on running runs refuses the claim while another run of the thread is running.
 */
async function claimAlone(
  connection: Connection,
  { threadId, workerId, now, staleBefore, postpone }: Claiming,
): Promise<Claimed> {
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
