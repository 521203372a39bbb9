import { type Approval, type AskedCall, refusalText } from '../approval/approval.ts';
import { ERASED } from './scrub.ts';

/**
 * What a run asked people for, without one who decided: what they decided stays, and their id, name and note go, also out
 * of the results that repeat them. `ids` are all forms of their id. Pure; answers the very value when they decided nothing.
 */
export function forgetDecider(approval: Approval, ids: readonly string[]): Approval {
  const isTheirs = ({ decision }: AskedCall) => decision !== null && ids.includes(decision.by);
  if (!approval.calls.some(isTheirs)) return approval;
  const theirs = new Set(approval.calls.filter(isTheirs).map(({ id }) => id));
  const calls = approval.calls.map((call) => (isTheirs(call) ? withoutName(call) : call));
  const said = approval.said.map((each) => {
    if (each.role !== 'tool' || !theirs.has(each.toolCallId)) return each;
    const call = calls.findLast(({ id }) => id === each.toolCallId);
    return call?.decision?.approved === false ? { ...each, text: refusalText(call) } : each;
  });
  return { ...approval, calls, said };
}

function withoutName(call: AskedCall): AskedCall {
  return call.decision === null
    ? call
    : { ...call, decision: { ...call.decision, by: ERASED, name: ERASED, note: null } };
}
