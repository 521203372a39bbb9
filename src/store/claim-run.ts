import type { Connection } from 'mongoose';
import type { Claim } from '../core/ports.ts';
import { type RunDocument, toRun } from './documents.ts';
import type { Run } from '../core/runs/run.ts';
import { isDuplicateKey } from './foreign-errors.ts';

type ClaimedRun = { kind: 'claimed'; run: Run };

/**
 * One findOneAndUpdate finds the run to execute and takes it. A stale running run sorts before queued ones; the first
 * queued run is matched even when it is not available yet, and then left as it was, so that no later run overtakes it.
 * The unique index on running runs refuses the claim while another run of the thread is running.
 */
export async function claimNextRun(
  connection: Connection,
  threadId: string,
  workerId: string,
  now: Date,
  staleBefore: Date,
): Promise<ClaimedRun | Exclude<Claim, { kind: 'claimed' }>> {
  const mayTake = { $or: [{ $eq: ['$status', 'running'] }, { $lte: ['$availableAt', now] }] };
  const take = (taken: unknown, left: string) => ({ $cond: [mayTake, taken, left] });
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
            lostAttempts: {
              $cond: [
                { $eq: ['$status', 'running'] },
                { $add: [{ $ifNull: ['$lostAttempts', 0] }, 1] },
                { $ifNull: ['$lostAttempts', '$$REMOVE'] },
              ],
            },
            workerId: take({ $literal: workerId }, '$workerId'),
            heartbeatAt: take(now, '$heartbeatAt'),
            startedAt: take({ $ifNull: ['$startedAt', now] }, '$startedAt'),
            status: take('running', '$status'),
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
