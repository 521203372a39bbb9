export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const RUN_TRANSITIONS = [
  'claim',
  'reclaim',
  'release',
  'succeed',
  'fail',
  'time_out',
  'cancel',
] as const;
export type RunTransition = (typeof RUN_TRANSITIONS)[number];

/**
 * The life of a run as data. `claim` starts an attempt, `reclaim` starts the next one when the worker of the last is
 * gone, `release` gives a run back to the queue (drain, back-off). A state without a row for a transition refuses it.
 */
const TRANSITIONS: Record<RunStatus, Partial<Record<RunTransition, RunStatus>>> = {
  queued: { claim: 'running', cancel: 'cancelled', fail: 'failed' },
  running: {
    reclaim: 'running',
    release: 'queued',
    succeed: 'succeeded',
    fail: 'failed',
    time_out: 'timed_out',
    cancel: 'cancelled',
  },
  succeeded: {},
  failed: {},
  timed_out: {},
  cancelled: {},
};

/** The state after the transition, or null when the state does not allow it. */
export function nextRunStatus(status: RunStatus, transition: RunTransition): RunStatus | null {
  return TRANSITIONS[status][transition] ?? null;
}

/** The states that allow the transition: what a store's guarded update filters by. */
export function statusesAllowing(transition: RunTransition): RunStatus[] {
  return RUN_STATUSES.filter((status) => TRANSITIONS[status][transition] !== undefined);
}

/** Terminal is terminal: no transition leaves such a state. */
export function isTerminal(status: RunStatus): boolean {
  return Object.keys(TRANSITIONS[status]).length === 0;
}
