import {
  type DeliveryTransition,
  nextDeliveryStatus,
  OPEN_DELIVERY_STATUSES,
} from '../core/deliveries/delivery-lifecycle.ts';
import type { DeliveryLease } from '../core/deliveries/delivery.ts';
import { StaleAttemptError } from '../core/errors.ts';
import type { DeliveryStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { toDelivery } from './documents.ts';
import { mapped } from './foreign-errors.ts';

const open = { $in: OPEN_DELIVERY_STATUSES };
const CLAIMED = OPEN_DELIVERY_STATUSES.filter((status) => status !== 'pending');
export const NO_LEASE = new Date(0);

/** The transition as MongoDB computes it, from the table. */
function statusAfter(transition: DeliveryTransition) {
  return OPEN_DELIVERY_STATUSES.reduce<unknown>(
    (otherwise, status) => ({
      $cond: [{ $eq: ['$status', status] }, nextDeliveryStatus(status, transition) ?? status, otherwise],
    }),
    '$status',
  );
}

function heldBy(lease: DeliveryLease) {
  return { threadId: lease.threadId, _id: lease.runId, fence: lease.fence, status: open };
}

export function createDeliveryStore({ models }: Database): DeliveryStore {
  async function guarded(lease: DeliveryLease, update: Record<string, unknown>): Promise<void> {
    const result = await models.deliveries.updateOne(heldBy(lease), update);
    if (result.matchedCount === 0) throw new StaleAttemptError('delivery', lease.fence);
  }

  /** Of many waiting runs the sweep looks at the oldest: runs are begun about in this order. */
  async function notStartedAmong(runIds: string[]): Promise<Set<string>> {
    if (runIds.length === 0) return new Set();
    const queued = await models.runs
      .find({ _id: { $in: runIds }, status: 'queued', attempt: 0, approval: null }, { _id: 1 })
      .lean();
    return new Set(queued.map((run) => run._id));
  }

  return {
    find: ({ threadId, runId }) =>
      mapped(async () => {
        const document = await models.deliveries.findOne({ threadId, _id: runId }).lean();
        return document === null ? null : toDelivery(document);
      }),

    claim: ({ threadId, runId }, workerId, now, leaseUntil, runHasEnded) =>
      mapped(async () => {
        const claimed = await models.deliveries
          .findOneAndUpdate(
            {
              threadId,
              _id: runId,
              // Nobody holds a pending one, whatever the clock of the process that made it says.
              $or: [{ status: 'pending' }, { status: { $in: CLAIMED }, leaseUntil: { $lte: now } }],
            },
            [
              {
                $set: {
                  status: statusAfter(runHasEnded ? 'claim_ended' : 'claim'),
                  workerId: { $literal: workerId },
                  leaseUntil,
                  fence: { $add: ['$fence', 1] },
                },
              },
            ],
            { returnDocument: 'after', updatePipeline: true },
          )
          .lean();
        if (claimed !== null) return { kind: 'claimed', delivery: toDelivery(claimed) };
        const held = await models.deliveries
          .findOne({ threadId, _id: runId, status: open }, { leaseUntil: 1 })
          .lean();
        return held === null ? { kind: 'closed' } : { kind: 'held', until: held.leaseUntil };
      }),

    hasEarlierOpen: (threadId, ordinal) =>
      mapped(async () => {
        const earlier = await models.deliveries.exists({ threadId, status: open, ordinal: { $lt: ordinal } });
        return earlier !== null;
      }),

    renew: (workerId, leases, leaseUntil) =>
      mapped(async () => {
        const filter = {
          threadId: { $in: leases.map((lease) => lease.threadId) },
          _id: { $in: leases.map((lease) => lease.runId) },
          status: open,
          workerId,
        };
        await models.deliveries.updateMany(filter, { $set: { leaseUntil } });
        const held = await models.deliveries.find(filter, { fence: 1 }).lean();
        const fences = new Map(held.map((delivery) => [delivery._id, delivery.fence]));
        return leases.filter((lease) => fences.get(lease.runId) !== lease.fence);
      }),

    // A set: a save whose answer was lost is made again.
    savePart: (lease, part) => mapped(() => guarded(lease, { $addToSet: { parts: part } })),

    finish: (lease, end) => mapped(() => guarded(lease, { $set: { ...end, leaseUntil: NO_LEASE } })),

    release: (lease) =>
      mapped(async () => {
        await models.deliveries.updateOne(heldBy(lease), { $set: { leaseUntil: NO_LEASE } });
      }),

    overdue: (now, pendingBefore, limit) =>
      mapped(async () => {
        const [left, waiting] = await Promise.all([
          models.deliveries
            .find({ status: { $in: CLAIMED }, leaseUntil: { $lt: now } }, { threadId: 1 })
            .sort({ leaseUntil: 1 })
            .limit(limit)
            .lean(),
          models.deliveries
            .find({ status: 'pending', leaseUntil: { $lt: pendingBefore } }, { threadId: 1 })
            .sort({ leaseUntil: 1 })
            .limit(limit * 4)
            .lean(),
        ]);
        const notStarted = await notStartedAmong(waiting.map((delivery) => delivery._id));
        return [...left, ...waiting.filter((delivery) => !notStarted.has(delivery._id))]
          .slice(0, limit)
          .map((delivery) => ({ threadId: delivery.threadId, runId: delivery._id }));
      }),

    findByPlatformMessage: (threadId, messageId) =>
      mapped(async () => {
        const document = await models.deliveries.findOne({ threadId, 'parts.messageId': messageId }).lean();
        return document === null ? null : toDelivery(document);
      }),
  };
}
