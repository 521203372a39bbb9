import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { changeState } from '../commands/change-state.ts';
import { once, sendKept } from '../idempotency.ts';
import { presentCheckpoint } from '../present/state.ts';
import { findThread } from '../queries/find-thread.ts';
import { readState } from '../queries/read-state.ts';
import { stepOf, stepOfCheckpoint } from '../queries/step-of.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { queryBoolean } from '../schemas/query.ts';
import { creationHeaders, threadParams } from '../schemas/request.ts';
import { checkpointId, stateByCheckpoint, threadState, updatedState, updateState } from '../schemas/state.ts';

const tags = ['State'];

const query = z.strictObject({
  subgraphs: queryBoolean.optional().meta({ description: 'Is not looked at: threads have no subgraphs.' }),
});

/** What a thread holds, now or after any step of it, and how programs change it. */
export function stateRoutes(parts: ApiParts): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/state',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getState',
        summary: 'Read the state of a thread',
        params: threadParams,
        querystring: query,
        response: {
          200: answer('The state.', threadState),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request) => readState(parts, await findThread(parts, request)),
    });

    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/state/:checkpoint_id',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getStateAt',
        summary: 'Read the state of a thread as it was',
        params: threadParams.extend({ checkpoint_id: checkpointId }),
        querystring: query,
        response: {
          200: answer('The state.', threadState),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request) => {
        const thread = await findThread(parts, request);
        return readState(parts, thread, stepOf(request.params.checkpoint_id, thread));
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/state/checkpoint',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getStateOfCheckpoint',
        summary: 'Read the state of a thread at a checkpoint',
        description: 'As the SDK does. Without `checkpoint_id` it is the state now.',
        params: threadParams,
        body: stateByCheckpoint,
        response: {
          200: answer('The state.', threadState),
          ...errorResponses({ hasBody: true, others: [404] }),
        },
      },
      handler: async (request) => {
        const thread = await findThread(parts, request);
        const step = stepOfCheckpoint(request.body.checkpoint, thread);
        return readState(parts, thread, step ?? thread.lastSeq);
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/state',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'updateState',
        summary: 'Change the state of a thread',
        description:
          'Appends `values.messages`, or replaces those whose id is known; a message `{"type":"remove","id":…}` erases one. Other values are merged key by key. Makes a checkpoint, and starts no run.',
        params: threadParams,
        headers: creationHeaders,
        body: updateState,
        response: {
          200: answer('The checkpoint that it made.', updatedState),
          ...errorResponses({ hasBody: true, others: [404, 409] }),
        },
      },
      handler: async (request, reply) => {
        const kept = await once(parts, request, async (newId) => {
          const thread = await findThread(parts, request);
          const { seq } = await changeState(parts, thread, request.body, newId);
          const body = JSON.stringify({ checkpoint: presentCheckpoint(thread.id, seq) });
          return { status: 200, headers: {}, body };
        });
        return sendKept(reply, kept);
      },
    });
  };
}
