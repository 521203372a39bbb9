import { decideTogether } from '../../../core/approval/decide-together.ts';
import type { ApiKey } from '../../../core/ports.ts';
import type { RunRef } from '../../../core/runs/run.ts';
import type { ApiParts } from '../api-parts.ts';
import { assistantNamed } from '../assistants.ts';
import { ApiError, invalid, notFound } from '../errors.ts';
import { findAskedCalls } from '../queries/asked-calls.ts';
import type { Resume } from '../schemas/command.ts';
import type { RunRequest } from '../schemas/run-request.ts';
import { deciderOf } from './decider.ts';
import { stepToFollow } from './run-wish.ts';

export type ResumeParts = Pick<
  ApiParts,
  'assistants' | 'directory' | 'runs' | 'approvals' | 'doorbells' | 'clock' | 'logger'
>;

/** A request with `command`. */
export type ResumeRequest = {
  wish: RunRequest;
  resume: Resume;
  threadId: string | null;
  key: ApiKey;
  /** The same each time the request is carried out; null where nobody can tell, as it has no Idempotency-Key. */
  requestId: string | null;
};

/** A run that was decided about. What it tells after the attempt `afterFence` is new; left out, all of it may be. */
export type ResumedRun = RunRef & { afterFence?: number };

/**
 * Decides what a run of the thread asks people for, and answers that run. Calls that are named, and were decided like
 * this before, are let pass. When it throws for what was asked, nothing was decided.
 * @throws ApiError `not_found` for a thread that is not there, `conflict` where nothing waits or something was decided
 * otherwise, `invalid_input` for what cannot be asked
 */
export async function resumeRun(parts: ResumeParts, request: ResumeRequest): Promise<ResumedRun> {
  const { wish, key, requestId } = request;
  const assistant = assistantNamed(parts, wish.assistant_id, 'assistant_id').id;
  const threadId = requireAlone(request);
  const thread = await parts.directory.find(key.projectId, threadId);
  if (thread === null) throw notFound('thread');
  // After the thread was read: what waits since an earlier try of this request must not be taken for what it meant.
  const known = requestId === null ? null : await parts.approvals.lastAsked(threadId, { requestId });
  if (known !== null) return { threadId, runId: known.id };
  const { run, calls } = await findAskedCalls(parts, thread, request.resume);
  if (assistant !== run.assistantId && assistant !== thread.assistantId) {
    throw invalid('assistant_id', `assistant_id must be "${run.assistantId}", whose run this is.`);
  }
  const step = stepToFollow(wish);
  if (step !== null && (step < run.ordinal || step > thread.lastSeq)) {
    throw invalid('checkpoint_id', 'checkpoint_id is not one at which the run waits. Leave it out.');
  }
  const decider = { ...deciderOf(key), ...(requestId === null ? {} : { requestId }) };
  const decided = await decideTogether(parts, { threadId, runId: run.id }, calls, decider);
  switch (decided.kind) {
    case 'decided':
      return { threadId, runId: run.id, afterFence: decided.run.fence };
    case 'alike':
      return { threadId, runId: run.id };
    case 'otherwise':
      throw new ApiError(
        'conflict',
        `"${decided.call.id}" was ${decided.approved ? 'approved' : 'denied'} before, and that stays.`,
      );
    case 'over':
    case 'unknown':
      throw new ApiError('conflict', 'The run does not wait for this any more, so it cannot be decided.');
  }
}

/** The thread, when nothing is asked beside the command that would take a run of its own. */
function requireAlone({ wish, threadId }: Pick<ResumeRequest, 'wish' | 'threadId'>): string {
  if (threadId === null) {
    throw invalid('command', 'command needs the thread of which a run waits. Name it by thread_id.');
  }
  if (wish.input !== undefined) {
    throw invalid('input', 'input cannot be sent together with command. Send it in a request of its own.');
  }
  if (Object.keys(wish.metadata ?? {}).length > 0) {
    throw invalid('metadata', 'metadata cannot be sent together with command, as no run is made to keep it.');
  }
  if ((wish.after_seconds ?? 0) > 0) {
    throw invalid('after_seconds', 'after_seconds cannot be sent together with command: it counts at once.');
  }
  if (wish.on_completion === 'delete') {
    throw invalid('on_completion', 'on_completion must not be "delete" together with command.');
  }
  return threadId;
}
