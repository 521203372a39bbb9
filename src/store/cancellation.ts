import type { ClientSession } from 'mongoose';
import type { CancelAction } from '../core/runs/run.ts';
import { threadAfter } from '../core/threads/thread-end.ts';
import { forgetApproval, PARKED } from './approvals.ts';
import { NO_LEASE } from './deliveries.ts';
import type { Models } from './models.ts';
import { redactMessages } from './redaction.ts';
import { endRuns } from './thread-updates.ts';

/**
 * Cancels queued runs of a thread at once, closes their deliveries (nothing was shown yet) and, for a rollback, forgets
 * their input. Answers how many there were.
 */
export async function cancelQueuedRuns(
  models: Models,
  filter: { threadId: string; runId?: string },
  action: CancelAction,
  at: Date,
  session: ClientSession,
): Promise<number> {
  const { threadId, runId } = filter;
  const queued = await models.runs
    .find(
      { threadId, status: 'queued', ...(runId === undefined ? {} : { _id: runId }) },
      { triggerMessageIds: 1 },
      { session },
    )
    .lean();
  if (queued.length === 0) return 0;
  const ids = queued.map((run) => run._id);
  await models.runs.updateMany(
    { threadId, _id: { $in: ids }, status: 'queued' },
    { $set: { status: 'cancelled', cancel: action, endedAt: at } },
    { session },
  );
  // A run that was released after text had gone out still owns platform messages: its delivery cleans up by itself.
  await models.deliveries.updateMany(
    { threadId, _id: { $in: ids }, status: 'pending' },
    { $set: { status: 'done', reason: 'cancelled', runEndedAt: at, finalAt: at } },
    { session },
  );
  // One that is parked looks at once.
  await models.deliveries.updateMany(
    { threadId, _id: { $in: ids }, ...PARKED },
    { $set: { leaseUntil: NO_LEASE } },
    { session },
  );
  await models.threads.updateOne(
    { _id: threadId },
    [{ $set: endRuns({ runIds: ids, leaves: threadAfter('cancelled', action), at }) }],
    { session, updatePipeline: true },
  );
  await forgetApproval(models, threadId, ids, session);
  if (action === 'rollback') {
    const inputs = queued.flatMap((run) => run.triggerMessageIds);
    await redactMessages(models, threadId, inputs, { at, rolledBack: true }, session);
  }
  return ids.length;
}
