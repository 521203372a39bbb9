import type { RunLease } from '../core/runs/run.ts';

/**
 * The guard of every write of an attempt: its own run, its own fence, and still running. A released run keeps its fence
 * until the next claim, so the fence alone would let the attempt that gave it back end it.
 */
export function heldBy({ threadId, runId, fence }: RunLease) {
  return { threadId, _id: runId, fence, status: 'running' as const };
}
