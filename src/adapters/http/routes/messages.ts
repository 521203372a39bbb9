import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { notFound } from '../errors.ts';
import { presentThreadMessage } from '../present/message.ts';
import { readMessages } from '../queries/read-messages.ts';
import { answer } from '../schemas/answer.ts';
import * as examples from '../schemas/examples.ts';
import { errorResponses } from '../schemas/error.ts';
import { threadMessage } from '../schemas/message.ts';
import { queryInteger } from '../schemas/query.ts';
import { threadParams } from '../schemas/request.ts';

/** Messages of a page: of the longest that are taken, a hundred are some megabytes. */
const MOST = 100;
const USUAL = 50;
const LAST_SEQ = Number.MAX_SAFE_INTEGER;

const page = z
  .object({ messages: z.array(threadMessage), next_after_seq: z.int().nullable() })
  .meta({ id: 'MessageList', examples: [{ messages: [examples.threadMessage], next_after_seq: null }] });

/** A thread's messages with all that is kept of them, oldest first. */
export function messageRoutes({
  directory,
  messages,
}: Pick<ApiParts, 'directory' | 'messages'>): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/messages',
      config: { scope: 'read' },
      schema: {
        tags: ['Threads'],
        operationId: 'listMessages',
        summary: 'List the messages of a thread, oldest first',
        params: threadParams,
        querystring: z.strictObject({
          after_seq: queryInteger(0, LAST_SEQ)
            .optional()
            .meta({ description: 'Only those after this step.' }),
          limit: queryInteger(1, MOST)
            .optional()
            .meta({ description: `At most so many; ${USUAL} unless given.` }),
        }),
        response: {
          200: answer('A page; `next_after_seq` is null on the last one.', page),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request) => {
        const { after_seq: after = 0, limit = USUAL } = request.query;
        const thread = await directory.find(keyOf(request).projectId, request.params.thread_id);
        if (thread === null) throw notFound('thread');
        const found = await readMessages(messages, thread, after, limit + 1);
        const told = found.slice(0, limit);
        return {
          messages: told.map(presentThreadMessage),
          next_after_seq: found.length > limit ? (told.at(-1)?.seq ?? null) : null,
        };
      },
    });
  };
}
