import type { Connection } from 'mongoose';
import type { RunDocument } from './documents.ts';
import { allTogether, NotTogether } from './together.ts';

type Claiming = { threadId: string; workerId: string; now: Date };

/** Open runs of a thread that are read to find its next; threads that have more on average are claimed alone. */
const OPEN_RUNS_READ = 4;

/**
 * Claims the next run of each of several threads in one transaction. Null in place of those that need a closer look
 * (nothing to do, not due yet, running, lost before), and instead of all when one hindered it: they are to be claimed
 * alone.
 */
export async function claimTogether(
  connection: Connection,
  claimings: readonly Claiming[],
): Promise<(RunDocument | null)[] | null> {
  const threadIds = [...new Set(claimings.map(({ threadId }) => threadId))];
  if (threadIds.length < claimings.length) return null;
  const runs = connection.collection<RunDocument>('runs');
  return allTogether(connection, async (session) => {
    const most = claimings.length * OPEN_RUNS_READ;
    const open = await runs
      .find({ threadId: { $in: threadIds }, status: { $in: ['queued', 'running'] } }, { session })
      .limit(most + 1)
      .toArray();
    if (open.length > most) throw new NotTogether();
    const byThread = Map.groupBy(open, ({ threadId }) => threadId);
    const claimed = claimings.map((claiming) => claimedBy(claiming, byThread.get(claiming.threadId) ?? []));
    const updates = claimed.flatMap((run) => {
      if (run === null) return [];
      const { _id, threadId, status, workerId, heartbeatAt, startedAt, fence, attempt } = run;
      const filter = { _id, threadId, status: 'queued' as const, fence: fence - 1 };
      return [
        {
          updateOne: {
            filter,
            update: { $set: { status, workerId, heartbeatAt, startedAt, fence, attempt } },
          },
        },
      ];
    });
    if (updates.length === 0) return claimed;
    const { matchedCount } = await runs.bulkWrite(updates, { session });
    if (matchedCount < updates.length) throw new NotTogether();
    return claimed;
  });
}

/** The thread's next run as the claim leaves it; null when that is not plain to see. */
function claimedBy({ workerId, now }: Claiming, open: readonly RunDocument[]): RunDocument | null {
  if (open.some(({ status }) => status === 'running')) return null;
  const [next] = open.toSorted((left, right) => left.ordinal - right.ordinal);
  if (next === undefined || next.availableAt > now || (next.lostAttempts ?? 0) > 0) return null;
  return {
    ...next,
    status: 'running',
    workerId,
    heartbeatAt: now,
    startedAt: next.startedAt ?? now,
    fence: next.fence + 1,
    attempt: next.attempt + 1,
  };
}
