import type { AttemptEnd, AttemptStop } from '../../core/runs/attempt-end.ts';
import type { Run } from '../../core/runs/run.ts';
import type { Tracing } from '../../core/tracing.ts';

/** Begins the span of one attempt, in the trace that its run carries. */
export function traceAttempt(tracing: Tracing, run: Run, now: Date) {
  const span = tracing.begin('run execute', run.traceparent, {
    'threadrelay.thread.id': run.threadId,
    'threadrelay.run.id': run.id,
    'threadrelay.run.attempt': run.attempt,
    'threadrelay.run.waited_ms': Math.max(0, now.getTime() - run.availableAt.getTime()),
  });
  let fault: string | undefined;
  return {
    /** What the attempt came to. */
    stopped(stop: AttemptStop, end: AttemptEnd): void {
      span.set({ 'threadrelay.run.outcome': end.kind === 'settle' ? end.status : end.kind });
      if (end.kind === 'settle' && end.error !== null) fault = end.error.code;
      else if (stop.kind === 'threw' || stop.kind === 'timed_out') fault = stop.kind;
    },
    end: () => span.end(fault),
  };
}
