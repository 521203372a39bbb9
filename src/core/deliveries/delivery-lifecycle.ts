export const DELIVERY_STATUSES = ['pending', 'streaming', 'finishing', 'done', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type DeliveryTransition = 'claim' | 'claim_ended' | 'complete' | 'fail';

/**
 * A claim may come again after a crash; `claim_ended` is the claim of a delivery whose run is known to have ended. A
 * pending delivery is complete when its run was cancelled before it began: there is nothing to relay.
 */
const TRANSITIONS: Record<DeliveryStatus, Partial<Record<DeliveryTransition, DeliveryStatus>>> = {
  pending: { claim: 'streaming', claim_ended: 'finishing', complete: 'done', fail: 'failed' },
  streaming: { claim: 'streaming', claim_ended: 'finishing', complete: 'done', fail: 'failed' },
  finishing: { claim: 'finishing', claim_ended: 'finishing', complete: 'done', fail: 'failed' },
  done: {},
  failed: {},
};

/** The state after the transition, or null when the state does not allow it. */
export function nextDeliveryStatus(
  status: DeliveryStatus,
  transition: DeliveryTransition,
): DeliveryStatus | null {
  return TRANSITIONS[status][transition] ?? null;
}

/** States from which a delivery still has work to do. */
export const OPEN_DELIVERY_STATUSES: DeliveryStatus[] = DELIVERY_STATUSES.filter(
  (status) => Object.keys(TRANSITIONS[status]).length > 0,
);
