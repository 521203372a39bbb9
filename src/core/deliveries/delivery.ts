import type { Origin } from '../origin.ts';
import type { RunRef } from '../runs/run.ts';
import type { DeliveryStatus } from './delivery-lifecycle.ts';

/** One platform message that a delivery owns. */
export type DeliveryPart = { index: number; messageId: string };

/** The relay of one run's stream onto one origin. Its id is its run's id. */
export type Delivery = RunRef & {
  origin: Origin;
  /** The platform's id of the message that is answered; null when a program started the run. */
  replyTo: string | null;
  /** Its run's place in the thread: answers appear in this order. 0 for a notice that waits for nobody. */
  ordinal: number;
  status: DeliveryStatus;
  parts: DeliveryPart[];
  fence: number;
  workerId: string | null;
  leaseUntil: Date;
  /** Why a failed delivery failed: a code of the platform in our words. */
  reason: string | null;
  /** Writes that the platform accepted as edits of a posted part. */
  edits: number;
  /** When the run's end was known to the relay, and when the platform had accepted the whole final text. */
  runEndedAt: Date | null;
  finalAt: Date | null;
  /** Its run's. */
  traceparent?: string;
  createdAt: Date;
};

export type DeliveryLease = RunRef & { fence: number };
