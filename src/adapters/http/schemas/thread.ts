import { z } from 'zod';
import { THREAD_STATUSES } from '../../../core/threads/thread.ts';
import { interrupts } from './approval.ts';
import * as examples from './examples.ts';
import { assistantId, jsonObject, maybe, metadata, name, newThreadId, time } from './json.ts';
import { limit, offset } from './query.ts';

export const threadStatus = z.enum(THREAD_STATUSES).meta({
  description:
    'busy: runs have not ended. interrupted: the last run was stopped on the way, or one waits for approval. error: it failed or ran out of time.',
});

/** The SDK's thread with our own fields beside. */
export const thread = z
  .object({
    thread_id: z.string(),
    created_at: time,
    updated_at: time,
    state_updated_at: time,
    metadata: jsonObject.meta({
      description: 'Facts about the thread; `graph_id` and `assistant_id` name its assistant.',
    }),
    status: threadStatus,
    values: jsonObject.meta({
      description: 'The custom state. The messages are in the state of the thread.',
    }),
    interrupts,
    config: z.object({}),
    error: z.string().nullable(),
    project_id: z.string(),
    assistant_id: z.string(),
    name: z.string().nullable(),
    origin: z
      .object({
        platform: z.enum(['slack', 'discord']),
        tenant: z.string(),
        channel: z.string(),
        thread: z.string(),
      })
      .nullable()
      .meta({ description: 'Where people see the thread, if it lives on a platform.' }),
    closed: z
      .object({ reason: z.string(), at: time })
      .nullable()
      .meta({ description: 'Why it takes no further runs.' }),
    expires_at: time
      .nullable()
      .meta({ description: 'When it is deleted for good, if it has a time to live.' }),
  })
  .meta({ id: 'Thread', examples: [examples.thread] });

/** The longest time after which a thread may be told to go: a year. What is to stay longer needs none. */
const MOST_MINUTES = 60 * 24 * 365;

const minutes = z.number().positive().max(MOST_MINUTES);

/** Minutes, or the SDK's object of them. */
export const ttl = z
  .union([minutes, z.strictObject({ ttl: minutes, strategy: z.literal('delete').optional() })])
  .meta({ description: 'Minutes after which the thread is deleted for good.', examples: [60] });

/** Ours and the SDK's in one: the SDK names its assistant by `metadata.graph_id`. */
export const createThread = z
  .strictObject({
    assistant_id: assistantId.optional(),
    name: maybe(name),
    metadata: maybe(metadata),
    thread_id: maybe(newThreadId),
    if_exists: maybe(z.enum(['raise', 'do_nothing'])).meta({
      description: 'With `do_nothing`, a thread that exists is answered as it is.',
    }),
    ttl: maybe(ttl),
    supersteps: maybe(z.array(z.unknown()).max(0, 'cannot be carried out; change the state instead')),
  })
  .prefault({})
  .meta({
    id: 'CreateThread',
    example: { assistant_id: 'support', name: 'Refund', metadata: { plan: 'gold' } },
  });

export const patchThread = z
  .strictObject({
    assistant_id: assistantId.optional(),
    name: name.nullish().meta({ description: 'null takes the name away.' }),
    metadata: maybe(metadata).meta({ description: 'Merged key by key; null removes a key.' }),
    ttl: ttl.nullish().meta({ description: 'null lets the thread stay.' }),
  })
  .meta({ id: 'PatchThread', example: { name: 'Refund, done', metadata: { plan: null } } });

export const threadList = z.object({ threads: z.array(thread), next_cursor: z.string().nullable() }).meta({
  id: 'ThreadList',
  description: '`next_cursor` is null on the last page.',
  examples: [{ threads: [examples.thread], next_cursor: null }],
});

const filter = {
  metadata: maybe(jsonObject).meta({ description: 'Each key has exactly this value.' }),
  values: maybe(jsonObject).meta({ description: 'Each key of the custom state has exactly this value.' }),
  status: maybe(threadStatus),
};

/** Ids of one search, as many as a page of it has at most. */
const MOST_IDS = 1_000;

export const THREAD_FIELDS = [
  'thread_id',
  'created_at',
  'updated_at',
  'state_updated_at',
  'metadata',
  'config',
  'context',
  'status',
  'values',
  'interrupts',
  'error',
  'project_id',
  'assistant_id',
  'name',
  'origin',
  'closed',
  'expires_at',
] as const;

export const searchThreads = z
  .strictObject({
    ...filter,
    ids: maybe(z.array(z.string()).max(MOST_IDS)),
    limit,
    offset,
    sort_by: maybe(z.enum(['thread_id', 'status', 'created_at', 'updated_at', 'state_updated_at'])),
    sort_order: maybe(z.enum(['asc', 'desc'])),
    select: maybe(z.array(z.enum(THREAD_FIELDS)).min(1)).meta({ description: 'Only these fields.' }),
    extract: maybe(jsonObject.refine(isEmpty, 'cannot be carried out; leave it out')),
  })
  .prefault({})
  .meta({ id: 'SearchThreads', example: { metadata: { plan: 'gold' }, limit: 10, offset: 0 } });

/** Fields that were asked for. */
export const threadFields = z
  .looseObject(thread.partial().shape)
  .meta({ id: 'ThreadFields', examples: [examples.thread] });

export const countThreads = z
  .strictObject(filter)
  .prefault({})
  .meta({ id: 'CountThreads', example: { status: 'busy' } });

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
