import { OPEN_DELIVERY_STATUSES } from '../core/deliveries/delivery-lifecycle.ts';
import type { BacklogStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { mapped } from './foreign-errors.ts';

/** A reading of metrics waits for its answer, and gives up before its caller does. */
const ANSWER_WITHIN_MS = 2_000;

export function createBacklogStore({ models }: Database): BacklogStore {
  return {
    oldest: (now) =>
      mapped(async () => {
        const [run, delivery] = await Promise.all([
          models.runs
            .findOne({ status: 'queued', availableAt: { $lte: now } }, { availableAt: 1 })
            .sort({ availableAt: 1 })
            .maxTimeMS(ANSWER_WITHIN_MS)
            .lean(),
          models.deliveries
            .findOne(
              // Those whose run waits for people are nobody's fault.
              {
                status: { $in: OPEN_DELIVERY_STATUSES },
                $nor: [{ workerId: null, leaseUntil: { $gt: now } }],
              },
              { createdAt: 1 },
            )
            .sort({ createdAt: 1 })
            .hint('open_by_age')
            .maxTimeMS(ANSWER_WITHIN_MS)
            .lean(),
        ]);
        return { runSince: run?.availableAt ?? null, deliverySince: delivery?.createdAt ?? null };
      }),
  };
}
