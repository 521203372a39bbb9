import { ringBell } from '../../../core/ingest/ring-bell.ts';
import type { ApiParts } from '../api-parts.ts';
import { notFound } from '../errors.ts';

/**
 * Deletes a thread for good with all that belongs to it, and wakes the worker of its run, whose writes are refused from
 * then on. @throws ApiError `not_found`
 */
export async function deleteThread(
  parts: Pick<ApiParts, 'directory' | 'threads' | 'runs' | 'cancels' | 'logger'>,
  projectId: string,
  threadId: string,
): Promise<void> {
  if ((await parts.directory.find(projectId, threadId)) === null) throw notFound('thread');
  // There is at most one.
  const [running] = await parts.runs.page(threadId, { limit: 1, offset: 0, status: ['running'] });
  if (!(await parts.threads.delete(threadId))) throw notFound('thread');
  if (running === undefined) return;
  ringBell(parts, () => parts.cancels.publish({ threadId, runId: running.id, action: 'discard' }));
}
