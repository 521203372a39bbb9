import { StaleAttemptError } from '../core/errors.ts';
import type { RunStore } from '../core/ports.ts';
import { nextRunStatus, RUN_STATUSES, statusesAllowing } from '../core/runs/run-lifecycle.ts';
import { cancelQueuedRuns } from './cancellation.ts';
import { createClaims } from './claim-run.ts';
import type { Database } from './database.ts';
import { type RunDocument, toRun } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import { createThreadPartReader } from './read-together.ts';
import { heldBy } from './run-guard.ts';
import { createSettlement } from './settle-run.ts';
import { createThreadReader } from './threads.ts';

export function createRunStore(database: Database): RunStore {
  const { models, connection } = database;
  const settle = createSettlement(database);
  const claimNextRun = createClaims(database);
  const readThread = createThreadReader(database);
  const readRun = createThreadPartReader((filter) =>
    connection.collection<RunDocument>('runs').find(filter).toArray(),
  );

  return {
    find: ({ threadId, runId }) =>
      mapped(async () => {
        const document = await readRun({ threadId, id: runId });
        return document === null ? null : toRun(document);
      }),

    listByThread: (threadId, limit) =>
      mapped(async () => {
        const documents = await models.runs.find({ threadId }).sort({ ordinal: -1 }).limit(limit).lean();
        return documents.map(toRun);
      }),

    page: (threadId, { limit, offset, status = RUN_STATUSES }) =>
      mapped(async () => {
        // All statuses are named where none is, so that the index gives the order and only the page is read.
        const documents = await models.runs
          .find({ threadId, status: { $in: status } })
          .sort({ ordinal: -1 })
          .skip(offset)
          .limit(limit)
          .lean();
        return documents.map(toRun);
      }),

    claimNext: (threadId, workerId, now, staleBefore, postpone) =>
      mapped(async () => {
        const claim = await claimNextRun({ threadId, workerId, now, staleBefore, postpone });
        if (claim.kind !== 'claimed') return claim;
        const thread = await readThread(threadId);
        return thread === null ? { kind: 'nothing' } : { ...claim, thread };
      }),

    heartbeat: (workerId, leases, now) =>
      mapped(async () => {
        const filter = {
          threadId: { $in: leases.map((lease) => lease.threadId) },
          _id: { $in: leases.map((lease) => lease.runId) },
          status: { $in: statusesAllowing('release') },
          workerId,
        };
        await models.runs.updateMany(filter, { $set: { heartbeatAt: now } });
        const held = await models.runs.find(filter, { cancel: 1, fence: 1, threadId: 1 }).lean();
        const fences = new Map(held.map((run) => [run._id, run.fence]));
        return {
          lost: leases.filter((lease) => fences.get(lease.runId) !== lease.fence),
          cancel: held.flatMap((run) =>
            run.cancel === null ? [] : [{ threadId: run.threadId, runId: run._id, action: run.cancel }],
          ),
        };
      }),

    settle: (lease, outcome) => mapped(() => settle({ lease, outcome })),

    release: (lease, availableAt, countsAsAttempt, usage = null) =>
      mapped(async () => {
        const result = await models.runs.updateOne(heldBy(lease), {
          $set: {
            status: nextRunStatus('running', 'release'),
            workerId: null,
            heartbeatAt: null,
            availableAt,
            ...(usage === null ? {} : { usage }),
          },
          $inc: { attempt: countsAsAttempt ? 0 : -1 },
        });
        if (result.matchedCount === 0) throw new StaleAttemptError('run', lease.fence);
      }),

    keepRoute: (lease, { route, workflow, assistantId }) =>
      mapped(async () => {
        const kept = await models.runs.updateOne(heldBy(lease), { $set: { route, workflow, assistantId } });
        if (kept.matchedCount === 0) throw new StaleAttemptError('run', lease.fence);
      }),

    requestCancel: (ref, action, now) =>
      mapped(async () => {
        // A run may be claimed or released between the two looks, so a miss of both is looked at once more.
        for (const _ of [1, 2]) {
          const cancelled = await connection.transaction((session) =>
            cancelQueuedRuns(models, ref, action, now, session),
          );
          if (cancelled > 0) return 'cancelled';
          const marked = await models.runs.updateOne(
            { threadId: ref.threadId, _id: ref.runId, status: { $in: statusesAllowing('release') } },
            { $set: { cancel: action } },
          );
          if (marked.matchedCount > 0) return 'requested';
        }
        return 'unknown';
      }),

    openByTrigger: (threadId, messageId) =>
      mapped(async () => {
        const documents = await models.runs
          .find({ threadId, status: { $in: statusesAllowing('cancel') }, triggerMessageIds: messageId })
          .lean();
        return documents.map(toRun);
      }),

    underWayAmong: (refs, now) =>
      mapped(async () => {
        const documents = await models.runs
          .find(
            {
              threadId: { $in: refs.map(({ threadId }) => threadId) },
              _id: { $in: refs.map(({ runId }) => runId) },
              status: { $in: statusesAllowing('cancel') },
              $nor: [
                {
                  status: 'queued',
                  'approval.expiresAt': { $gt: now },
                  'approval.calls': { $elemMatch: { decision: null } },
                },
              ],
            },
            { _id: 1 },
          )
          .lean();
        return documents.map(({ _id }) => _id);
      }),

    overdueThreads: (before, staleBefore, limit) =>
      mapped(async () => {
        const [queued, stale] = await Promise.all([
          models.runs
            .find({ status: 'queued', availableAt: { $lt: before } }, { threadId: 1 })
            .sort({ availableAt: 1 })
            .limit(limit)
            .lean(),
          models.runs
            .find({ status: 'running', heartbeatAt: { $lt: staleBefore } }, { threadId: 1 })
            .limit(limit)
            .lean(),
        ]);
        return [...new Set([...stale, ...queued].map((run) => run.threadId))];
      }),
  };
}
