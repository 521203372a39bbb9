import type { PlacedDecision } from '../ports.ts';
import type { Run, RunRef } from '../runs/run.ts';
import { type ApprovalDecision, type AskedCall, stateOfCall } from './approval.ts';
import { type DecideParts, storeDecisions } from './store-decisions.ts';

/** How a call is to be decided; `call` is its place among those that its run asks for. */
export type CallWish = { call: number } & Pick<ApprovalDecision, 'approved' | 'note'>;

/** Who decides, and with which request. */
export type Decider = Pick<ApprovalDecision, 'by' | 'name' | 'requestId'>;

export type DecidedTogether =
  | { kind: 'decided'; run: Run }
  /** All of it was decided like this before. */
  | { kind: 'alike'; run: Run }
  /** Somebody was quicker, and decided this call otherwise. */
  | { kind: 'otherwise'; call: AskedCall; approved: boolean }
  /** Its time is over, or its run has ended. */
  | { kind: 'over' }
  | { kind: 'unknown' };

/**
 * Decides several calls of a run, all of them or none. The first decision of a call counts: the same one again is let
 * pass. The run goes on when all of its calls are decided.
 */
export async function decideTogether(
  parts: DecideParts,
  { threadId, runId }: RunRef,
  wishes: readonly CallWish[],
  decider: Decider,
): Promise<DecidedTogether> {
  const ref = { threadId, runId };
  const at = parts.clock.now();
  // Whoever is quicker between the look and the write has decided one of them; the next look sees it.
  for (let looks = 0; looks <= wishes.length; looks += 1) {
    const run = await parts.runs.find(ref);
    const approval = run?.approval;
    if (run === null || approval === undefined) return { kind: 'unknown' };
    const open: PlacedDecision[] = [];
    for (const { call: place, approved, note } of wishes) {
      const call = approval.calls[place];
      if (call === undefined) return { kind: 'unknown' };
      const state = stateOfCall(call, approval, at);
      if (state === 'expired') return { kind: 'over' };
      if (state === 'waiting') open.push({ call: place, decision: { ...decider, approved, note } });
      else if ((state === 'approved') !== approved) return { kind: 'otherwise', call, approved: !approved };
    }
    if (open.length === 0) return { kind: 'alike', run };
    const decided = await storeDecisions(parts, ref, open, at);
    if (decided !== null) return { kind: 'decided', run: decided };
  }
  return { kind: 'over' };
}
