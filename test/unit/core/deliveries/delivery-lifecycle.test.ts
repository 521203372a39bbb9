import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import {
  DELIVERY_STATUSES,
  type DeliveryStatus,
  type DeliveryTransition,
  nextDeliveryStatus,
  OPEN_DELIVERY_STATUSES,
} from '../../../../src/core/deliveries/delivery-lifecycle.ts';

const TRANSITIONS: readonly DeliveryTransition[] = ['claim', 'claim_ended', 'complete', 'fail'];

/** State: pending → streaming → finishing → done | failed (design.md); a claim repeats after a crash. */
const ALLOWED: readonly (readonly [DeliveryStatus, DeliveryTransition, DeliveryStatus])[] = [
  ['pending', 'claim', 'streaming'],
  ['pending', 'claim_ended', 'finishing'],
  ['pending', 'complete', 'done'],
  ['pending', 'fail', 'failed'],
  ['streaming', 'claim', 'streaming'],
  ['streaming', 'claim_ended', 'finishing'],
  ['streaming', 'complete', 'done'],
  ['streaming', 'fail', 'failed'],
  ['finishing', 'claim', 'finishing'],
  ['finishing', 'claim_ended', 'finishing'],
  ['finishing', 'complete', 'done'],
  ['finishing', 'fail', 'failed'],
];

test('10,000 random command sequences of a delivery: no illegal transition, and an end stays', () => {
  const commands = fc.array(fc.constantFrom(...TRANSITIONS), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(commands, (sequence) => {
      let status: DeliveryStatus = 'pending';
      let end: DeliveryStatus | null = null;
      for (const command of sequence) {
        const expected = ALLOWED.find(([from, step]) => from === status && step === command)?.[2] ?? null;
        const next = nextDeliveryStatus(status, command);
        expect(next).toBe(expected);
        if (end !== null) expect(next).toBeNull();
        status = next ?? status;
        if (status === 'done' || status === 'failed') end = status;
      }
    }),
    { numRuns: 10_000 },
  );
});

test('a delivery is open in every state but its two ends', () => {
  expect(OPEN_DELIVERY_STATUSES).toEqual(
    DELIVERY_STATUSES.filter((status) => status !== 'done' && status !== 'failed'),
  );
});
