import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Thread } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { invalid } from '../errors.ts';
import { presentState } from '../present/state.ts';
import { findThread } from '../queries/find-thread.ts';
import { readSteps, type StepRange, statesOf } from '../queries/read-history.ts';
import { stepOf, stepOfCheckpoint } from '../queries/step-of.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { queryBoolean, queryInteger } from '../schemas/query.ts';
import { threadParams } from '../schemas/request.ts';
import { checkpointId, type HistoryWish, history, MOST_HISTORY, threadState } from '../schemas/state.ts';

const shared = {
  tags: ['State'],
  params: threadParams,
  description: `Each state as it was then; a later edit does not change it, and what was deleted is in none. At most ${MOST_HISTORY} states, with values at most 100.`,
};

const states = answer(
  'The states, newest first. The next page is that `before` the last of them.',
  z.array(threadState),
);

/** With values each state holds its whole conversation. */
const MOST_WITH_VALUES = 100;

/** The states of a thread, newest first. */
export function historyRoutes(parts: ApiParts): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/history',
      config: { scope: 'read' },
      schema: {
        ...shared,
        operationId: 'listHistory',
        summary: 'List the states of a thread, newest first',
        querystring: z.strictObject({
          limit: queryInteger(1, MOST_HISTORY)
            .optional()
            .meta({ description: 'At most so many; 10 unless given.' }),
          before: checkpointId.optional().meta({ description: 'Only states older than this checkpoint.' }),
          values: queryBoolean
            .optional()
            .meta({ description: '`false` leaves the values out, which makes it light.' }),
        }),
        response: { 200: states, ...errorResponses({ hasBody: false, others: [404] }) },
      },
      handler: async (request, reply) => {
        const { limit = 10, before, values = true } = request.query;
        return tell(parts, reply, await findThread(parts, request), { limit, before, values });
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/history',
      config: { scope: 'read' },
      schema: {
        ...shared,
        operationId: 'searchHistory',
        summary: 'Search the states of a thread',
        body: history,
        response: { 200: states, ...errorResponses({ hasBody: true, others: [404] }) },
      },
      handler: async (request, reply) => {
        const wish = request.body;
        return tell(parts, reply, await findThread(parts, request), wish);
      },
    });
  };
}

async function tell(
  parts: ApiParts,
  reply: FastifyReply,
  thread: Thread,
  wish: HistoryWish,
): Promise<FastifyReply> {
  const { limit, values } = wish;
  if (values && limit > MOST_WITH_VALUES) {
    throw invalid('limit', `limit must be at most ${MOST_WITH_VALUES}. Ask for more with "values": false.`);
  }
  const steps = await readSteps(parts, thread, range(wish, thread), wish.metadata ?? {});
  if (!values) return reply.send(steps.map((step) => presentState(step, null)));
  return reply
    .type('application/json; charset=utf-8')
    .send(Readable.from(listOf(statesOf(parts, thread, steps))));
}

/** `checkpoint` asks for that state alone, `before` for those under one. */
function range({ limit, before, checkpoint }: HistoryWish, thread: Thread): StepRange {
  const only = checkpoint === undefined ? null : stepOfCheckpoint(checkpoint, thread);
  if (only !== null) return { above: only - 1, before: only + 1, limit: 1 };
  return { above: 0, before: stepBefore(before, thread) ?? thread.lastSeq + 1, limit };
}

function stepBefore(before: HistoryWish['before'], thread: Thread): number | null {
  if (before === undefined) return null;
  if (typeof before === 'string') return stepOf(before, thread);
  if ('configurable' in before) return stepOf(before.configurable.checkpoint_id, thread);
  return stepOfCheckpoint(before, thread);
}

async function* listOf(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let opening = '[';
  for await (const item of items) {
    yield opening + JSON.stringify(item);
    opening = ',';
  }
  yield opening === '[' ? '[]' : ']';
}
