import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { NewId } from '../../../core/clock.ts';
import type { KeptAnswer } from '../../../core/ports.ts';
import { type StartedRun, startRun } from '../../../core/runs/start-run.ts';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { notFound } from '../errors.ts';
import { hasIdempotencyKey, once } from '../idempotency.ts';
import { contentLocation } from '../run-addresses.ts';
import type { RunRequest } from '../schemas/run-request.ts';
import { type FollowedRun, followedRun, newRun } from '../streaming/followed-run.ts';
import { type ResumedRun, resumeRun } from './resume-run.ts';
import { runWish } from './run-wish.ts';

const keptRef = z.object({ thread_id: z.string(), run_id: z.string(), after_fence: z.number().optional() });

export type Begun = {
  ref: ResumedRun;
  started: StartedRun | null;
  kept: { answer: KeptAnswer; isRepetition: boolean };
};

/**
 * Starts the run that a request asks for, or decides what a run waits for, once for its Idempotency-Key; a repetition is
 * answered with the run of the first. `describe` gives the body that is kept, which tells `thread_id` and `run_id`.
 */
export async function beginRun(
  parts: ApiParts,
  request: FastifyRequest,
  wish: RunRequest,
  threadId: string | null,
  describe: (ref: ResumedRun) => object | Promise<object> = identify,
): Promise<Begun> {
  const key = keyOf(request);
  const begun: { started: StartedRun | null } = { started: null };
  const kept = await once(parts, request, async (newId) => {
    const ref = await carryOut(newId);
    return { status: 200, headers: contentLocation(ref), body: JSON.stringify(await describe(ref)) };
  });
  const { thread_id, run_id, after_fence } = keptRef.parse(JSON.parse(kept.answer.body));
  const after = after_fence === undefined ? {} : { afterFence: after_fence };
  return { ref: { threadId: thread_id, runId: run_id, ...after }, started: begun.started, kept };

  async function carryOut(newId: NewId): Promise<ResumedRun> {
    if (wish.command !== undefined) {
      const requestId = hasIdempotencyKey(request) ? newId() : null;
      return resumeRun(parts, { wish, resume: wish.command.resume, threadId, key, requestId });
    }
    const where = { projectId: key.projectId, threadId };
    begun.started = await startRun(parts, runWish(parts, wish, where, newId));
    return begun.started;
  }
}

function identify({ threadId, runId, afterFence }: ResumedRun) {
  const after = afterFence === undefined ? {} : { after_fence: afterFence };
  return { thread_id: threadId, run_id: runId, ...after };
}

/** The run to be followed by whoever began it. @throws ApiError `not_found` when it was deleted since */
export async function toFollow(
  { runs, clock }: Pick<ApiParts, 'runs' | 'clock'>,
  { ref, started }: Pick<Begun, 'ref' | 'started'>,
): Promise<FollowedRun> {
  if (started?.isNew === true) return newRun(started);
  const run = await runs.find(ref);
  if (run === null) throw notFound('run');
  return followedRun(run, clock.now());
}
