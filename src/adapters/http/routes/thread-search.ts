import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ThreadFilter, ThreadOrder } from '../../../core/ports.ts';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { presentThread } from '../present/thread.ts';
import { select } from '../present/select.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { queryInteger } from '../schemas/query.ts';
import { countThreads, searchThreads, threadFields, threadList, threadStatus } from '../schemas/thread.ts';
import { splitMetadata } from '../thread-metadata.ts';

const tags = ['Threads'];

/** Threads of a page, as the contract of the API says; unless asked otherwise, what a person looks through. */
const MOST_LISTED = 100;
const LISTED = 20;

const listQuery = z.strictObject({
  limit: queryInteger(1, MOST_LISTED)
    .optional()
    .meta({ description: `At most so many; ${LISTED} unless given.` }),
  cursor: z.string().min(1).max(400).optional().meta({ description: '`next_cursor` of the page before.' }),
  status: threadStatus.optional(),
  metadata: z
    .record(z.string(), z.string())
    .optional()
    .meta({
      description:
        'Only threads whose metadata have this text, as `metadata[plan]=gold`. Others: `POST /threads/search`.',
      examples: [{ plan: 'gold' }],
    }),
});

const SORT: Record<NonNullable<z.output<typeof searchThreads>['sort_by']>, ThreadOrder['by']> = {
  thread_id: 'id',
  status: 'status',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  state_updated_at: 'updatedAt',
};

/** Threads of the key's project: listed page by page, searched and counted. */
export function threadSearchRoutes({ directory }: Pick<ApiParts, 'directory'>): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/threads',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listThreads',
        summary: 'List threads, those last changed first',
        description:
          'Each page names where the next one begins. Threads that change meanwhile come to the front; no other is left out or told twice.',
        querystring: listQuery,
        response: {
          200: answer('A page; `next_cursor` is null on the last one.', threadList),
          ...errorResponses({ hasBody: false, others: [] }),
        },
      },
      handler: async (request) => {
        const { cursor, status, metadata, limit = LISTED } = request.query;
        const after = cursor === undefined ? null : fromCursor(cursor);
        const filter = filterOf(keyOf(request).projectId, { status, metadata });
        const found = filter === null ? [] : await directory.page(filter, after, limit + 1);
        const page = found.slice(0, limit);
        const last = found.length > limit ? page.at(-1) : undefined;
        return { threads: page.map(presentThread), next_cursor: last === undefined ? null : toCursor(last) };
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/search',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'searchThreads',
        summary: 'Search threads',
        description:
          'As the SDK does. The header `X-Pagination-Next` holds the offset of the next page while there is one.',
        body: searchThreads,
        response: {
          200: answer('The threads that match.', z.array(threadFields)),
          ...errorResponses({ hasBody: true, others: [] }),
        },
      },
      handler: async (request, reply) => {
        const wish = request.body;
        const { limit, offset } = wish;
        const filter = filterOf(keyOf(request).projectId, wish);
        const order: ThreadOrder = {
          by: SORT[wish.sort_by ?? 'updated_at'],
          direction: wish.sort_order ?? 'desc',
        };
        const found =
          filter === null ? [] : await directory.search(filter, { order, limit: limit + 1, offset });
        if (found.length > limit) reply.header('x-pagination-next', String(offset + limit));
        return reply.send(found.slice(0, limit).map((each) => select(presentThread(each), wish.select)));
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/count',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'countThreads',
        summary: 'Count threads',
        body: countThreads,
        response: {
          200: answer('How many match.', z.int().meta({ examples: [3] })),
          ...errorResponses({ hasBody: true, others: [] }),
        },
      },
      handler: async (request, reply) => {
        const filter = filterOf(keyOf(request).projectId, request.body);
        return reply.send(filter === null ? 0 : await directory.count(filter));
      },
    });
  };
}

type Wish = {
  ids?: readonly string[] | undefined;
  status?: ThreadFilter['status'] | undefined;
  metadata?: Record<string, unknown> | undefined;
  values?: Record<string, unknown> | undefined;
};

/** Null when nothing can match, as no id is asked for. */
function filterOf(projectId: string, { ids, status, metadata, values }: Wish): ThreadFilter | null {
  const { metadata: rest, assistant } = splitMetadata(metadata);
  if (ids?.length === 0) return null;
  return {
    projectId,
    ...(ids === undefined ? {} : { ids }),
    ...(status === undefined ? {} : { status }),
    ...(Object.keys(rest).length === 0 ? {} : { metadata: rest }),
    ...(values === undefined || Object.keys(values).length === 0 ? {} : { values }),
    ...(assistant === null ? {} : { assistantId: assistant.id }),
  };
}
