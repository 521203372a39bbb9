import type { z } from 'zod';
import type { Run } from '../../../core/runs/run.ts';
import type { RunStatus } from '../../../core/runs/run-lifecycle.ts';
import type { ApiRunStatus, run } from '../schemas/run.ts';

export type RunView = z.output<typeof run>;

const STATUS: Record<RunStatus, ApiRunStatus> = {
  queued: 'pending',
  running: 'running',
  succeeded: 'success',
  failed: 'error',
  timed_out: 'timeout',
  cancelled: 'interrupted',
};

export function presentRunStatus(status: RunStatus): ApiRunStatus {
  return STATUS[status];
}

const FROM_API: Record<ApiRunStatus, RunStatus> = {
  pending: 'queued',
  running: 'running',
  success: 'succeeded',
  error: 'failed',
  timeout: 'timed_out',
  interrupted: 'cancelled',
};

export function runStatusOf(status: ApiRunStatus): RunStatus {
  return FROM_API[status];
}

/** `multitask` is what its assistant does by default, for runs that do not say. */
export function presentRun(run: Run, multitask: NonNullable<Run['multitask']> = 'enqueue'): RunView {
  const updatedAt = run.endedAt ?? run.heartbeatAt ?? run.startedAt ?? run.createdAt;
  return {
    run_id: run.id,
    thread_id: run.threadId,
    assistant_id: run.assistantId,
    created_at: run.createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    status: presentRunStatus(run.status),
    metadata: run.metadata,
    kwargs: run.kwargs ?? {},
    multitask_strategy: run.multitask ?? multitask,
    error: run.error === null ? null : { error: run.error.code, message: run.error.message },
    usage: presentUsage(run),
  };
}

function presentUsage({ usage, endedAt }: Run): RunView['usage'] {
  if (usage === null || endedAt === null) return null;
  const { inputTokens, outputTokens, cachedTokens, costUsd } = usage;
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    ...(cachedTokens === undefined ? {} : { cached_tokens: cachedTokens }),
    ...(costUsd === undefined ? {} : { cost_usd: costUsd }),
  };
}
