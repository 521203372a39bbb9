import type { Approval, ApprovalDecision } from '../approval/approval.ts';
import type { DeliveryLease } from '../deliveries/delivery.ts';
import type { Author } from '../messages/message.ts';
import type { Origin } from '../origin.ts';
import type { Run, RunLease, RunRef } from '../runs/run.ts';

/** `call` is the place of the call among those that its run asks for. */
export type PlacedDecision = { call: number; decision: Omit<ApprovalDecision, 'at'> };

/** Runs that wait for people. */
export interface ApprovalStore {
  /**
   * Gives the run back to the queue until people have decided, or their time is over. No attempt is counted.
   * @throws StaleAttemptError
   */
  ask(lease: RunLease, approval: Approval): Promise<void>;
  /**
   * Decides calls of a run that waits for them, all of these or none; with its last one the run may go on at once. Its
   * delivery may be claimed again either way, to show it. Answers the run as it is then; null, and nothing is changed,
   * where one of them is not to be decided (any more).
   */
  decide(ref: RunRef, decisions: readonly PlacedDecision[], at: Date): Promise<Run | null>;
  /** The newest run of a thread that has asked for a call of that id, or of which that request has decided one. */
  lastAsked(threadId: string, of: { callId: string } | { requestId: string }): Promise<Run | null>;
  /**
   * Lets go of a delivery until its run's time is over or a call is decided. False, and nothing is changed, when one of
   * the calls that it shows is not waiting any more. @throws StaleAttemptError
   */
  park(lease: DeliveryLease, shown: readonly number[], now: Date): Promise<boolean>;
}

/** Somebody pressed a button below one of our messages. */
export type ButtonPress = {
  /** Where the message is. */
  origin: Origin;
  runId: string;
  /** Place of the call among those that its run asks for. */
  call: number;
  approved: boolean;
  by: Author;
};

/** What came of it, with a sentence for who pressed. */
export type PressAnswer = { kind: 'decided' | 'refused'; sentence: string };

/** The door for buttons: what an adapter calls for each press. Rejects when the decision could not be stored. */
export interface ApprovalDesk {
  press(press: ButtonPress): Promise<PressAnswer>;
}
