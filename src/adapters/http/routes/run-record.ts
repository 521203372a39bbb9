import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiParts } from '../api-parts.ts';
import { presentRunRecord } from '../present/run-record.ts';
import { findRun } from '../queries/find-run.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { runParams } from '../schemas/request.ts';
import { runRecord } from '../schemas/run-record.ts';

/** What a run sent to models. */
export function runRecordRoutes(parts: ApiParts): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/runs/:run_id/record',
      config: { scope: 'read' },
      schema: {
        tags: ['Runs'],
        operationId: 'getRunRecord',
        summary: 'Read what a run sent to models',
        description:
          'Each call of a model with its rendered prompt, usage and times, and the version of the assistant that answered.',
        params: runParams,
        response: {
          200: answer('The record.', runRecord),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request) => {
        const run = await findRun(parts, request);
        const record = await parts.records.find({ threadId: run.threadId, runId: run.id });
        const sent = (record?.steps ?? []).flatMap(({ messages }) => messages);
        const ids = new Set(sent.flatMap((message) => ('id' in message ? [message.id] : [])));
        const found = await Promise.all(Array.from(ids, (id) => parts.messages.find(run.threadId, id)));
        const messages = found.flatMap((message) =>
          message === null ? [] : [[message.id, message] as const],
        );
        return presentRunRecord(run, record, new Map(messages));
      },
    });
  };
}
