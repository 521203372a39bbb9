import type { Run, RunRef } from '../runs/run.ts';
import { type ApprovalDecision, type AskedCall, stateOfCall } from './approval.ts';
import { type DecideParts, storeDecisions } from './store-decisions.ts';

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
    const run = await storeDecisions(parts, ref, [{ call: found.index, decision: wish }], at);
    if (run !== null) {
      return { kind: 'decided', run, call: run.approval?.calls[found.index] ?? found.call };
    }
  }
  const since = (await look()) ?? found;
  const { decision } = since.call;
  return decision === null ? { kind: 'over' } : { kind: 'already', ...since, decision };
}
