import type { FastifyRequest } from 'fastify';
import type { Run } from '../../../core/runs/run.ts';
import type { ApiParts } from '../api-parts.ts';
import { notFound } from '../errors.ts';
import { findThread } from './find-thread.ts';

/** The run of the address, in the project of the key. @throws ApiError `not_found` */
export async function findRun(
  parts: Pick<ApiParts, 'directory' | 'runs'>,
  request: Pick<FastifyRequest, 'apiKey'> & { params: { thread_id: string; run_id: string } },
): Promise<Run> {
  const { run_id: runId } = request.params;
  const [thread, run] = await Promise.all([
    findThread(parts, request),
    parts.runs.find({ threadId: request.params.thread_id, runId }),
  ]);
  if (run === null || run.threadId !== thread.id) throw notFound('run');
  return run;
}
