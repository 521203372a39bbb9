import { isTerminal } from '../../../core/runs/run-lifecycle.ts';
import type { Run, RunRef } from '../../../core/runs/run.ts';

/** A run as it was when somebody came to follow it. */
export type FollowedRun = RunRef & {
  /** It was started for this very reader. */
  isNew: boolean;
  hasEnded: boolean;
  attempt: number;
  fence: number;
  /** The step that it began with. */
  ordinal: number;
};

export function followedRun(run: Run): FollowedRun {
  const { threadId, id: runId, status, attempt, fence, ordinal } = run;
  return { threadId, runId, isNew: false, hasEnded: isTerminal(status), attempt, fence, ordinal };
}

export function newRun(ref: RunRef, ordinal: number): FollowedRun {
  return { ...ref, isNew: true, hasEnded: false, attempt: 0, fence: 0, ordinal };
}
