import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { changeThread } from '../commands/change-thread.ts';
import { deleteThread } from '../commands/delete-thread.ts';
import { makeThread } from '../commands/make-thread.ts';
import { notFound } from '../errors.ts';
import { once, sendKept } from '../idempotency.ts';
import { presentThread } from '../present/thread.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { creationHeaders, noBody, threadParams } from '../schemas/request.ts';
import { createThread, patchThread, thread } from '../schemas/thread.ts';

const tags = ['Threads'];
const nothing = z.undefined();

/** One thread: to make, read, change, copy and delete it. */
export function threadRoutes(parts: ApiParts): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'POST',
      url: '/threads',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'createThread',
        summary: 'Create a thread',
        description:
          'Without `assistant_id` and `metadata.graph_id` it gets the first assistant of the configuration.',
        headers: creationHeaders,
        body: createThread,
        response: {
          200: answer('The thread that was there, with `if_exists: "do_nothing"`.', thread),
          201: answer('The thread.', thread),
          ...errorResponses({ hasBody: true, others: [409] }),
        },
      },
      handler: async (request, reply) => {
        const { projectId } = keyOf(request);
        const wish = request.body;
        const kept = await once(parts, request, async (newId) => {
          const { thread: made, isNew } = await makeThread(parts, projectId, wish, newId);
          return { status: isNew ? 201 : 200, headers: {}, body: JSON.stringify(presentThread(made)) };
        });
        return sendKept(reply, kept);
      },
    });

    scope.route({
      method: 'GET',
      url: '/threads/:thread_id',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getThread',
        summary: 'Read a thread',
        params: threadParams,
        querystring: z.strictObject({
          include: z.unknown().optional().meta({ description: 'Is not looked at.' }),
        }),
        response: {
          200: answer('The thread.', thread),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request) => {
        const found = await parts.directory.find(keyOf(request).projectId, request.params.thread_id);
        if (found === null) throw notFound('thread');
        return presentThread(found);
      },
    });

    scope.route({
      method: 'PATCH',
      url: '/threads/:thread_id',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'updateThread',
        summary: 'Rename, tag or link a thread anew',
        params: threadParams,
        body: patchThread,
        response: {
          200: answer('The thread as it is now.', thread),
          204: nothing.describe('Done, and nothing is answered, as `Prefer: return=minimal` asks.'),
          ...errorResponses({ hasBody: true, others: [404] }),
        },
      },
      handler: async (request, reply) => {
        const { projectId } = keyOf(request);
        const changed = await changeThread(parts, projectId, request.params.thread_id, request.body);
        if (request.headers['prefer'] === 'return=minimal') return reply.code(204).send();
        return reply.send(presentThread(changed));
      },
    });

    scope.route({
      method: 'DELETE',
      url: '/threads/:thread_id',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'deleteThread',
        summary: 'Delete a thread for good',
        description:
          'With its messages, state, runs and files. A run in flight stops and writes nothing more.',
        params: threadParams,
        response: {
          204: nothing.describe('It is gone.'),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request, reply) => {
        await deleteThread(parts, keyOf(request).projectId, request.params.thread_id);
        return reply.code(204).send();
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/copy',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'copyThread',
        summary: 'Copy a thread',
        description:
          'Messages, state and files under new ids; its runs and its place on a platform stay with the original.',
        params: threadParams,
        headers: creationHeaders,
        body: noBody,
        response: {
          200: answer('The copy.', thread),
          ...errorResponses({ hasBody: true, others: [404, 409] }),
        },
      },
      handler: async (request, reply) => {
        const { projectId } = keyOf(request);
        const kept = await once(parts, request, async (newId) => {
          const ids = { threadId: newId(), newId, newFileId: parts.newId };
          const copy = await parts.directory.copy(
            projectId,
            request.params.thread_id,
            ids,
            parts.clock.now(),
          );
          if (copy === null) throw notFound('thread');
          return { status: 200, headers: {}, body: JSON.stringify(presentThread(copy)) };
        });
        return sendKept(reply, kept);
      },
    });
  };
}
