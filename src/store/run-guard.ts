import { type RunTransition, statusesAllowing } from '../core/runs/run-lifecycle.ts';
import type { RunLease } from '../core/runs/run.ts';

/** The guard of every write of an attempt: its own run, its own fence, a state that allows the transition. */
export function heldBy(lease: RunLease, transition: RunTransition) {
  const { threadId, runId, fence } = lease;
  return { threadId, _id: runId, fence, status: { $in: statusesAllowing(transition) } };
}
