import { OPEN_DELIVERY_STATUSES } from '../core/deliveries/delivery-lifecycle.ts';
import type { DeliveryLease } from '../core/deliveries/delivery.ts';
import { StaleAttemptError } from '../core/errors.ts';
import type { DeliveryStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { toDelivery } from './documents.ts';
import { mapped } from './foreign-errors.ts';

const open = { $in: OPEN_DELIVERY_STATUSES };
const NO_LEASE = new Date(0);

function heldBy(lease: DeliveryLease) {
  return { threadId: lease.threadId, _id: lease.runId, fence: lease.fence, status: open };
}

export function createDeliveryStore({ models }: Database): DeliveryStore {
  async function guarded(lease: DeliveryLease, update: Record<string, unknown>): Promise<void> {
    const result = await models.deliveries.updateOne(heldBy(lease), update);
    if (result.matchedCount === 0) throw new StaleAttemptError('delivery', lease.fence);
  }

  return {
    find: ({ threadId, runId }) =>
      mapped(async () => {
        const document = await models.deliveries.findOne({ threadId, _id: runId }).lean();
        return document === null ? null : toDelivery(document);
      }),

    claim: ({ threadId, runId }, workerId, now, leaseUntil) =>
      mapped(async () => {
        const claimed = await models.deliveries
          .findOneAndUpdate(
            { threadId, _id: runId, status: open, leaseUntil: { $lte: now } },
            { $set: { status: 'streaming', workerId, leaseUntil }, $inc: { fence: 1 } },
            { returnDocument: 'after' },
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

    overdue: (now, limit) =>
      mapped(async () => {
        const idle = await models.deliveries
          .find({ status: open, leaseUntil: { $lt: now } }, { threadId: 1 })
          .sort({ leaseUntil: 1 })
          .limit(limit)
          .lean();
        if (idle.length === 0) return [];
        const waiting = await models.runs
          .find(
            { _id: { $in: idle.map((delivery) => delivery._id) }, status: 'queued', attempt: 0 },
            { _id: 1 },
          )
          .lean();
        const notStarted = new Set(waiting.map((run) => run._id));
        return idle
          .filter((delivery) => !notStarted.has(delivery._id))
          .map((delivery) => ({ threadId: delivery.threadId, runId: delivery._id }));
      }),

    findByPlatformMessage: (threadId, messageId) =>
      mapped(async () => {
        const document = await models.deliveries.findOne({ threadId, 'parts.messageId': messageId }).lean();
        return document === null ? null : toDelivery(document);
      }),
  };
}
