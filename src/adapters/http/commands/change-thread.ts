import type { z } from 'zod';
import type { Thread } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { assistantNamed } from '../assistants.ts';
import { notFound } from '../errors.ts';
import type { patchThread } from '../schemas/thread.ts';
import { splitMetadata } from '../thread-metadata.ts';
import { deletionTime } from './deletion-time.ts';

/** Renames, tags or links a thread anew; what the wish does not name stays. @throws ApiError `not_found` */
export async function changeThread(
  parts: Pick<ApiParts, 'directory' | 'assistants' | 'clock'>,
  projectId: string,
  threadId: string,
  wish: z.output<typeof patchThread>,
): Promise<Thread> {
  const at = parts.clock.now();
  const { metadata, assistant } = splitMetadata(wish.metadata);
  const named =
    wish.assistant_id === undefined ? assistant : { id: wish.assistant_id, field: 'assistant_id' };
  const changed = await parts.directory.update(
    projectId,
    threadId,
    {
      ...(wish.name === undefined ? {} : { name: wish.name }),
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
      ...(named === null ? {} : { assistantId: assistantNamed(parts, named.id, named.field).id }),
      ...(wish.ttl === undefined ? {} : { deleteAt: deletionTime(wish.ttl, at) }),
    },
    at,
  );
  if (changed === null) throw notFound('thread');
  return changed;
}
