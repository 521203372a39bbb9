import type { Clock } from '../clock.ts';
import { ringBell } from '../ingest/ring-bell.ts';
import type { Logger } from '../logger.ts';
import type { ApprovalStore, Doorbells, RunStore } from '../ports.ts';
import type { Run, RunRef } from '../runs/run.ts';
import { type ApprovalDecision, type AskedCall, isWaiting, stateOfCall } from './approval.ts';

export type DecideParts = {
  runs: Pick<RunStore, 'find'>;
  approvals: Pick<ApprovalStore, 'decide'>;
  doorbells: Pick<Doorbells, 'ringThread' | 'ringDelivery'>;
  clock: Pick<Clock, 'now'>;
  logger: Logger;
};

export type Decided =
  | { kind: 'decided'; run: Run; call: AskedCall }
  /** Somebody was quicker, or it was the same person again. */
  | { kind: 'already'; run: Run; call: AskedCall; decision: ApprovalDecision }
  | { kind: 'forbidden'; call: AskedCall }
  /** Its time is over, or its run has ended. */
  | { kind: 'over' }
  | { kind: 'unknown' };

/**
 * Decides a call of a run once: the first decision counts. The run goes on when all of its calls are decided.
 * `place` finds the call among those that the run asks for, -1 for none; `may` says whether the asker may decide it.
 */
export async function decideApproval(
  parts: DecideParts,
  { threadId, runId }: RunRef,
  place: (calls: readonly AskedCall[]) => number,
  may: (run: Run, call: AskedCall) => boolean,
  wish: Omit<ApprovalDecision, 'at'>,
): Promise<Decided> {
  const ref = { threadId, runId };
  const look = async () => {
    const run = await parts.runs.find(ref);
    const calls = run?.approval?.calls ?? [];
    const index = place(calls);
    const call = calls[index];
    return run?.approval === undefined || call === undefined
      ? null
      : { run, call, index, approval: run.approval };
  };
  const found = await look();
  if (found === null) return { kind: 'unknown' };
  if (!may(found.run, found.call)) return { kind: 'forbidden', call: found.call };
  const at = parts.clock.now();
  if (stateOfCall(found.call, found.approval, at) === 'waiting') {
    const run = await parts.approvals.decide(ref, found.index, { ...wish, at });
    if (run !== null) {
      if (!isWaiting(run.approval, at)) ringBell(parts, () => parts.doorbells.ringThread(threadId));
      ringBell(parts, () => parts.doorbells.ringDelivery(ref));
      return { kind: 'decided', run, call: run.approval?.calls[found.index] ?? found.call };
    }
  }
  const since = (await look()) ?? found;
  const { decision } = since.call;
  return decision === null ? { kind: 'over' } : { kind: 'already', ...since, decision };
}
