import type { WriteBudget } from '../ports.ts';
import { LIMITS } from '../limits.ts';

/** A budget that a delivery writes under, and how many deliveries write under it now, this one included. */
export type SharedBudget = { readonly budget: WriteBudget; readonly activeDeliveries: number };

/**
 * The time between two previews of one delivery, in ms, at which all deliveries together use what previews may use of
 * the tightest budget. In proportion to the number of active deliveries, and never under `minIntervalMs`.
 */
export function editInterval(
  shares: readonly SharedBudget[],
  minIntervalMs: number = LIMITS.editIntervalMs,
): number {
  const intervals = shares.map(({ budget, activeDeliveries }) => {
    const previews = Math.max(1, budget.limit - budget.reserve);
    return Math.ceil((budget.windowMs / previews) * Math.max(1, activeDeliveries));
  });
  return Math.max(minIntervalMs, ...intervals);
}

/** Milliseconds until the next preview is due; 0 if now, as it is for a delivery that has written nothing yet. */
export function nextEditDelay(question: {
  readonly now: number;
  readonly lastEditAt: number | null;
  readonly shares: readonly SharedBudget[];
  readonly minIntervalMs?: number;
}): number {
  if (question.lastEditAt === null) return 0;
  const interval = editInterval(question.shares, question.minIntervalMs);
  return Math.max(0, Math.ceil(question.lastEditAt + interval - question.now));
}
