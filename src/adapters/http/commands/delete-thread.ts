import type { ApiParts } from '../api-parts.ts';
import { notFound } from '../errors.ts';

/** More runs than this that have not ended would learn of it by their next heartbeat only. */
const MOST_OPEN_RUNS = 100;

/**
 * Deletes a thread for good with all that belongs to it, and wakes the workers of its runs, whose writes are refused from
 * then on. @throws ApiError `not_found`
 */
export async function deleteThread(
  {
    directory,
    threads,
    runs,
    cancels,
    logger,
  }: Pick<ApiParts, 'directory' | 'threads' | 'runs' | 'cancels' | 'logger'>,
  projectId: string,
  threadId: string,
): Promise<void> {
  if ((await directory.find(projectId, threadId)) === null) throw notFound('thread');
  const running = await runs.page(threadId, { limit: MOST_OPEN_RUNS, offset: 0, status: ['running'] });
  await threads.delete(threadId);
  await Promise.all(
    running.map(({ id: runId }) =>
      cancels
        .publish({ threadId, runId, action: 'discard' })
        // Heartbeats find what the broadcast loses.
        .catch((error: unknown) =>
          logger.warn({ err: error, threadId, runId }, 'a cancellation was not told'),
        ),
    ),
  );
}
