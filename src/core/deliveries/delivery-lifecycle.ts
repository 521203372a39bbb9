export const DELIVERY_STATUSES = ['pending', 'streaming', 'finishing', 'done', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type DeliveryTransition = 'claim' | 'run_ended' | 'complete' | 'fail';

/** `claim` may come again after a crash; a delivery whose run has ended is `finishing` for whoever claims it. */
const TRANSITIONS: Record<DeliveryStatus, Partial<Record<DeliveryTransition, DeliveryStatus>>> = {
  pending: { claim: 'streaming', fail: 'failed' },
  streaming: { claim: 'streaming', run_ended: 'finishing', complete: 'done', fail: 'failed' },
  finishing: { claim: 'finishing', complete: 'done', fail: 'failed' },
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
