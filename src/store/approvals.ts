import { isWaiting } from '../core/approval/approval.ts';
import { StaleAttemptError } from '../core/errors.ts';
import type { ApprovalStore } from '../core/ports.ts';
import { nextRunStatus, RUN_STATUSES } from '../core/runs/run-lifecycle.ts';
import type { ClientSession } from 'mongoose';
import type { Database } from './database.ts';
import { OPEN_DELIVERY_STATUSES } from '../core/deliveries/delivery-lifecycle.ts';
import { NO_LEASE } from './deliveries.ts';
import { type RunDocument, toRun } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import type { Models } from './models.ts';
import { isOutdated, withoutCopies } from './outdate-attempts.ts';
import { heldBy } from './run-guard.ts';

export function createApprovalStore({ models, connection }: Database): ApprovalStore {
  return {
    ask: (lease, approval) =>
      mapped(() =>
        connection.transaction(async (session) => {
          const released = await models.runs
            .findOneAndUpdate(
              heldBy(lease),
              {
                $set: {
                  status: nextRunStatus('running', 'release'),
                  workerId: null,
                  heartbeatAt: null,
                  availableAt: approval.expiresAt,
                  approval,
                },
                $inc: { attempt: -1 },
              },
              { session, projection: { outdatedFence: 1 } },
            )
            .lean();
          if (released === null) throw new StaleAttemptError('run', lease.fence);
          if (isOutdated(released, lease.fence)) {
            const said = { 'approval.said': withoutCopies(approval.said) };
            await models.runs.updateOne({ threadId: lease.threadId, _id: lease.runId }, said, { session });
          }
          const calls = approval.calls.flatMap(({ id, name, args, by, decision }, index) =>
            decision === null ? [{ index, id, name, args, by }] : [],
          );
          await models.threads.updateOne(
            { _id: lease.threadId },
            { $set: { asks: { runId: lease.runId, expiresAt: approval.expiresAt, calls } } },
            { session },
          );
        }),
      ),

    decide: ({ threadId, runId }, decisions, at) =>
      mapped(() =>
        connection.transaction(async (session) => {
          const decisionOf = (call: number) => `approval.calls.${call}.decision`;
          const undecided = decisions.map(({ call }) => [decisionOf(call), UNDECIDED] as const);
          const decidedSo = decisions.map(
            ({ call, decision }) => [decisionOf(call), { ...decision, at }] as const,
          );
          const decided = await connection.collection<RunDocument>('runs').findOneAndUpdate(
            {
              threadId,
              _id: runId,
              status: 'queued',
              'approval.expiresAt': { $gt: at },
              ...Object.fromEntries(undecided),
            },
            { $set: Object.fromEntries(decidedSo) },
            { session, returnDocument: 'after' },
          );
          if (decided === null) return null;
          if (isWaiting(decided.approval, at)) {
            await models.threads.updateOne(
              { _id: threadId, 'asks.runId': runId },
              { $pull: { 'asks.calls': { index: { $in: decisions.map(({ call }) => call) } } } },
              { session },
            );
          } else {
            decided.availableAt = at;
            const { availableAt } = decided;
            await models.runs.updateOne({ threadId, _id: runId }, { $set: { availableAt } }, { session });
            await models.threads.updateOne(
              { _id: threadId, 'asks.runId': runId },
              { $unset: { asks: '' } },
              { session },
            );
          }
          await models.deliveries.updateOne(
            { threadId, _id: runId, ...PARKED },
            { $set: { leaseUntil: NO_LEASE } },
            { session },
          );
          return toRun(decided);
        }),
      ),

    lastAsked: (threadId, of) =>
      mapped(async () => {
        const asked =
          'callId' in of
            ? { 'approval.calls.id': of.callId }
            : { 'approval.calls.decision.requestId': of.requestId };
        const document = await models.runs
          // With all statuses named the index gives the order, and reading ends at the first that fits.
          .findOne({ threadId, status: { $in: RUN_STATUSES }, ...asked })
          .sort({ ordinal: -1 })
          .lean();
        return document === null ? null : toRun(document);
      }),

    park: ({ threadId, runId, fence }, shown, now) =>
      mapped(() =>
        connection.transaction(async (session) => {
          const undecided = shown.map((call) => [`approval.calls.${call}.decision`, UNDECIDED] as const);
          // Written, not only read: a decision at the same moment must come before or after, never beside.
          const run = await models.runs
            .findOneAndUpdate(
              {
                threadId,
                _id: runId,
                status: 'queued',
                'approval.expiresAt': { $gt: now },
                ...Object.fromEntries(undecided),
              },
              { $set: { 'approval.shownAt': now } },
              { session, returnDocument: 'after' },
            )
            .lean();
          if (run?.approval === undefined) return false;
          const parked = await models.deliveries.updateOne(
            { threadId, _id: runId, fence, status: { $in: OPEN_DELIVERY_STATUSES } },
            { $set: { workerId: null, leaseUntil: run.approval.expiresAt } },
            { session },
          );
          if (parked.matchedCount === 0) throw new StaleAttemptError('delivery', fence);
          return true;
        }),
      ),
  };
}

/** Not `null`: that would match every element without a field of the name `0`, whatever the first one says. */
const UNDECIDED = { $type: 'null' } as const;

/** A delivery that nobody holds though it was begun: it waits, with its run, for people. */
export const PARKED = { status: { $in: OPEN_DELIVERY_STATUSES }, workerId: null };

/** What runs asked people for that never came to anything, or is to be forgotten with them. */
export async function forgetApproval(
  models: Models,
  threadId: string,
  runIds: readonly string[],
  session: ClientSession,
): Promise<void> {
  await models.runs.updateMany(
    { threadId, _id: { $in: runIds }, approval: { $ne: null } },
    { $unset: { approval: '' } },
    { session },
  );
}
