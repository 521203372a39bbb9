import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { cancelRun } from '../../../core/runs/cancel-run.ts';
import { isTerminal } from '../../../core/runs/run-lifecycle.ts';
import { untilEnded } from '../../../core/streaming/run-feed.ts';
import { createSilenceWatch } from '../../../core/streaming/silence-watch.ts';
import type { ApiParts } from '../api-parts.ts';
import { ApiError } from '../errors.ts';
import { presentRun, runStatusOf } from '../present/run.ts';
import { select } from '../present/select.ts';
import { findRun } from '../queries/find-run.ts';
import { findThread } from '../queries/find-thread.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { noBody, runParams, threadParams } from '../schemas/request.ts';
import { run, runFields } from '../schemas/run.ts';
import { cancelQuery, listRuns } from '../schemas/run-request.ts';
import { createLongAnswers } from '../streaming/long-answers.ts';
import { createRunAnswers } from '../streaming/run-answers.ts';
import { runApprovalRoutes } from './run-approvals.ts';
import { runJoinRoutes } from './run-joins.ts';
import { runRecordRoutes } from './run-record.ts';
import { runStartRoutes } from './run-starts.ts';

const tags = ['Runs'];
const nothing = z.undefined();

/** Runs: to start, read, follow and cancel them. */
export function runRoutes(parts: ApiParts): FastifyPluginAsyncZod {
  return async (scope) => {
    const longAnswers = createLongAnswers(parts.clock, parts.telemetry);
    const feedParts = { ...parts, silence: createSilenceWatch(parts) };
    const answers = createRunAnswers(feedParts, longAnswers);
    // A stop of this process is no wish of its clients: they come back, to another one, and no run is cancelled.
    scope.addHook('preClose', async () => longAnswers.cutAll());
    await scope.register(runStartRoutes(parts, answers));
    await scope.register(runJoinRoutes(parts, answers));
    await scope.register(runApprovalRoutes(parts));
    await scope.register(runRecordRoutes(parts));

    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/runs',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listRuns',
        summary: 'List the runs of a thread, newest first',
        description: 'The header `X-Pagination-Next` holds the offset of the next page while there is one.',
        params: threadParams,
        querystring: listRuns,
        response: {
          200: answer('The runs.', z.array(runFields)),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request, reply) => {
        const { limit = 10, offset = 0, status, select: fields } = request.query;
        const thread = await findThread(parts, request);
        const found = await parts.runs.page(thread.id, {
          limit: limit + 1,
          offset,
          ...(status === undefined ? {} : { status: [runStatusOf(status)] }),
        });
        if (found.length > limit) reply.header('x-pagination-next', String(offset + limit));
        const page = found.slice(0, limit);
        return reply.send(
          page.map((each) => select(presentRun(each, parts.multitaskOf(each.assistantId)), fields)),
        );
      },
    });

    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/runs/:run_id',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getRun',
        summary: 'Read a run',
        params: runParams,
        response: { 200: answer('The run.', run), ...errorResponses({ hasBody: false, others: [404] }) },
      },
      handler: async (request) => {
        const found = await findRun(parts, request);
        return presentRun(found, parts.multitaskOf(found.assistantId));
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/runs/:run_id/cancel',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'cancelRun',
        summary: 'Cancel a run',
        description:
          'Asks it to end, and answers at once with 202; with `wait=1` when it has ended, with 204. `interrupt` keeps what was said so far, `rollback` forgets it together with its input. A run that has ended stays as it is.',
        params: runParams,
        querystring: cancelQuery,
        body: noBody,
        response: {
          202: nothing.describe('It was asked to end.'),
          204: nothing.describe('It has ended.'),
          ...errorResponses({ hasBody: true, others: [404, 409] }),
        },
      },
      handler: async (request, reply) => {
        const { wait = false, action = 'interrupt' } = request.query;
        const { id: runId, threadId, status } = await findRun(parts, request);
        const wish = isTerminal(status) ? 'unknown' : await cancelRun(parts, { threadId, runId }, action);
        if (wish === 'unknown' && action === 'rollback') {
          throw new ApiError('conflict', 'The run has ended, so it cannot be rolled back any more.');
        }
        if (!wait) return reply.code(202).send();
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        if (wish === 'requested') await untilEnded(feedParts, { threadId, runId }, gone.signal);
        return reply.code(204).send();
      },
    });
  };
}
