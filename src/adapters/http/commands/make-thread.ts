import type { z } from 'zod';
import type { NewId } from '../../../core/clock.ts';
import type { Metadata, NewThread, Thread } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { assistantNamed } from '../assistants.ts';
import { ApiError, invalid } from '../errors.ts';
import type { createThread } from '../schemas/thread.ts';
import { splitMetadata } from '../thread-metadata.ts';
import { deletionTime } from './deletion-time.ts';

type Parts = Pick<ApiParts, 'directory' | 'assistants' | 'clock'>;
type Wish = z.output<typeof createThread>;

/**
 * Makes an empty thread in the project, or answers the one that is there.
 * @throws ApiError `conflict` when the id is taken and the wish does not say `do_nothing`
 */
export async function makeThread(
  { directory, assistants, clock }: Parts,
  projectId: string,
  wish: Wish,
  newId: NewId,
): Promise<{ thread: Thread; isNew: boolean }> {
  const at = clock.now();
  const { metadata, assistant } = splitMetadata(wish.metadata);
  const thread: NewThread = {
    id: wish.thread_id ?? newId(),
    projectId,
    assistantId: chooseAssistant({ assistants }, wish.assistant_id, assistant),
    name: wish.name ?? null,
    metadata: withoutNulls(metadata),
    origin: null,
    deleteAt: deletionTime(wish.ttl ?? null, at),
    creationId: newId(),
  };
  if (await directory.create(thread, at)) return { thread: asMade(thread, at), isNew: true };
  const existing = await directory.find(projectId, thread.id);
  // An earlier try of this very request may have made it, and then told nobody.
  const isWanted = wish.if_exists === 'do_nothing' || existing?.creationId === thread.creationId;
  if (existing !== null && isWanted) return { thread: existing, isNew: false };
  throw new ApiError('conflict', 'A thread with this id exists already.', { field: 'thread_id' });
}

/** Named in the body, in the metadata as the SDK does, or the first of the configuration. */
function chooseAssistant(
  parts: Pick<ApiParts, 'assistants'>,
  named: string | undefined,
  inMetadata: { id: string; field: string } | null,
): string {
  if (named !== undefined && inMetadata !== null && inMetadata.id !== named) {
    throw invalid(
      inMetadata.field,
      `${inMetadata.field} names another assistant than assistant_id. Name one.`,
    );
  }
  if (named !== undefined) return assistantNamed(parts, named, 'assistant_id').id;
  if (inMetadata !== null) return assistantNamed(parts, inMetadata.id, inMetadata.field).id;
  const [first] = parts.assistants();
  if (first === undefined) throw invalid('assistant_id', 'The configuration has no assistants.');
  return first.id;
}

function withoutNulls(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));
}

function asMade(thread: NewThread, at: Date): Thread {
  return {
    ...thread,
    deleteAt: thread.deleteAt ?? null,
    closed: null,
    lastSeq: 0,
    values: {},
    openRuns: 0,
    lastEnd: 'idle',
    createdAt: at,
    updatedAt: at,
  };
}
