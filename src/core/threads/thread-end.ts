import type { RunStatus } from '../runs/run-lifecycle.ts';
import type { CancelAction } from '../runs/run.ts';
import type { Thread } from './thread.ts';

/** How a run that ended so leaves its thread; null where it is to be forgotten, and the thread is left as it was. */
export function threadAfter(
  status: Exclude<RunStatus, 'queued' | 'running'>,
  cancel: CancelAction | null,
): Thread['lastEnd'] | null {
  switch (status) {
    case 'succeeded':
      return 'idle';
    case 'failed':
    case 'timed_out':
      return 'error';
    case 'cancelled':
      return cancel === 'rollback' ? null : 'interrupted';
  }
}
