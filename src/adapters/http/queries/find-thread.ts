import type { FastifyRequest } from 'fastify';
import type { Thread } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { notFound } from '../errors.ts';

/** The thread of the address, in the project of the key. @throws ApiError `not_found` */
export async function findThread(
  { directory }: Pick<ApiParts, 'directory'>,
  request: Pick<FastifyRequest, 'apiKey'> & { params: { thread_id: string } },
): Promise<Thread> {
  const thread = await directory.find(keyOf(request).projectId, request.params.thread_id);
  if (thread === null) throw notFound('thread');
  return thread;
}
