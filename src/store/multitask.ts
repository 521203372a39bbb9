import type { ClientSession } from 'mongoose';
import { statusesAllowing } from '../core/runs/run-lifecycle.ts';
import type { CancelAction, RunError, RunRef } from '../core/runs/run.ts';
import type { RunPlan } from './documents.ts';
import type { Models } from './models.ts';
import { cancelQueuedRuns } from './cancellation.ts';

export type StrategyEffect = {
  /** The queued run that took the message in: no new run is made. */
  joined: (RunRef & { availableAt: Date; priority: number }) | null;
  /** Why the new run is not executed. */
  rejection: RunError | null;
  cancelled: (RunRef & { action: CancelAction })[];
};

const NO_EFFECT: StrategyEffect = { joined: null, rejection: null, cancelled: [] };

/** What new messages do to the open runs of its thread, inside the transaction that admits them. */
export async function applyStrategy(
  models: Models,
  plan: RunPlan,
  threadId: string,
  messageIds: readonly string[],
  session: ClientSession,
): Promise<StrategyEffect> {
  switch (plan.strategy) {
    case 'enqueue':
      return NO_EFFECT;
    case 'collect': {
      const run = await models.runs
        .findOneAndUpdate(
          // What a run has begun to answer is not changed under it.
          { threadId, status: 'queued', approval: null },
          {
            $push: { triggerMessageIds: { $each: messageIds } },
            $max: { availableAt: plan.run.availableAt },
          },
          { session, sort: { ordinal: -1 }, returnDocument: 'after' },
        )
        .lean();
      if (run === null) return NO_EFFECT;
      return {
        ...NO_EFFECT,
        joined: { threadId, runId: run._id, availableAt: run.availableAt, priority: run.priority },
      };
    }
    case 'reject': {
      const open = await models.runs
        .exists({ threadId, status: { $in: ['queued', 'running'] } })
        .session(session);
      if (open === null) return NO_EFFECT;
      return {
        ...NO_EFFECT,
        rejection: {
          code: 'thread_busy',
          message: 'I am still answering the message before. Please send this again when I am done.',
        },
      };
    }
    case 'interrupt':
    case 'rollback':
      return {
        ...NO_EFFECT,
        cancelled: await cancelOpenRuns(models, threadId, plan.strategy, plan.run.createdAt, session),
      };
  }
}

async function cancelOpenRuns(
  models: Models,
  threadId: string,
  action: CancelAction,
  at: Date,
  session: ClientSession,
): Promise<StrategyEffect['cancelled']> {
  await cancelQueuedRuns(models, { threadId }, action, at, session);
  const running = await models.runs
    .find({ threadId, status: { $in: statusesAllowing('release') } }, { _id: 1 }, { session })
    .lean();
  if (running.length === 0) return [];
  await models.runs.updateMany(
    { threadId, _id: { $in: running.map((run) => run._id) } },
    { $set: { cancel: action } },
    { session },
  );
  return running.map((run) => ({ threadId, runId: run._id, action }));
}
