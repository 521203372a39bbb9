import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { KeptAnswer } from '../../../core/ports.ts';
import type { RunRef } from '../../../core/runs/run.ts';
import { type StartedRun, startRun } from '../../../core/runs/start-run.ts';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { notFound } from '../errors.ts';
import { once } from '../idempotency.ts';
import { contentLocation } from '../run-addresses.ts';
import type { RunRequest } from '../schemas/run-request.ts';
import { type FollowedRun, followedRun, newRun } from '../streaming/followed-run.ts';
import { runWish } from './run-wish.ts';

const keptRef = z.object({ thread_id: z.string(), run_id: z.string() });

export type Begun = {
  ref: RunRef;
  started: StartedRun | null;
  kept: { answer: KeptAnswer; isRepetition: boolean };
};

/**
 * Starts the run that a request asks for, once for its Idempotency-Key; a repetition is answered with the run of the
 * first. `describe` gives the body that is kept, which tells `thread_id` and `run_id`.
 */
export async function beginRun(
  parts: ApiParts,
  request: FastifyRequest,
  wish: RunRequest,
  threadId: string | null,
  describe: (ref: RunRef) => object | Promise<object> = identify,
): Promise<Begun> {
  const where = { projectId: keyOf(request).projectId, threadId };
  const begun: { started: StartedRun | null } = { started: null };
  const kept = await once(parts, request, async (newId) => {
    begun.started = await startRun(parts, runWish(parts, wish, where, newId));
    const body = JSON.stringify(await describe(begun.started));
    return { status: 200, headers: contentLocation(begun.started), body };
  });
  const { thread_id, run_id } = keptRef.parse(JSON.parse(kept.answer.body));
  return { ref: { threadId: thread_id, runId: run_id }, started: begun.started, kept };
}

function identify({ threadId, runId }: RunRef) {
  return { thread_id: threadId, run_id: runId };
}

/** The run to be followed by whoever began it. @throws ApiError `not_found` when it was deleted since */
export async function toFollow(
  { runs }: Pick<ApiParts, 'runs'>,
  { ref, started }: Pick<Begun, 'ref' | 'started'>,
): Promise<FollowedRun> {
  if (started?.isNew === true) return newRun(started);
  const run = await runs.find(ref);
  if (run === null) throw notFound('run');
  return followedRun(run);
}
