import type { Clock } from '../clock.ts';
import { ringBell } from '../ingest/ring-bell.ts';
import type { Logger } from '../logger.ts';
import type { ApprovalStore, Doorbells, PlacedDecision, RunStore } from '../ports.ts';
import type { Run, RunRef } from '../runs/run.ts';
import { isWaiting } from './approval.ts';

export type DecideParts = {
  runs: Pick<RunStore, 'find'>;
  approvals: Pick<ApprovalStore, 'decide'>;
  doorbells: Pick<Doorbells, 'ringThread' | 'ringDelivery'>;
  clock: Pick<Clock, 'now'>;
  logger: Logger;
};

/**
 * Stores decisions about calls of a run, all or none, and wakes whoever shows them and whoever goes on with the run.
 * Null where one of the calls is not to be decided (any more).
 */
export async function storeDecisions(
  parts: Omit<DecideParts, 'runs' | 'clock'>,
  ref: RunRef,
  decisions: readonly PlacedDecision[],
  at: Date,
): Promise<Run | null> {
  const run = await parts.approvals.decide(ref, decisions, at);
  if (run === null) return null;
  if (!isWaiting(run.approval, at)) ringBell(parts, () => parts.doorbells.ringThread(ref.threadId));
  ringBell(parts, () => parts.doorbells.ringDelivery(ref));
  return run;
}
