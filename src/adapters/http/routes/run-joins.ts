import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Run } from '../../../core/runs/run.ts';
import { FROM_START, type FramePosition, parseFrameId } from '../../../core/streaming/frame-position.ts';
import { DEFAULT_STREAM_MODES, STREAM_MODES, type StreamMode } from '../../../core/streaming/stream-mode.ts';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { ApiError, invalid } from '../errors.ts';
import { findRun } from '../queries/find-run.ts';
import { errorResponses } from '../schemas/error.ts';
import { runParams } from '../schemas/request.ts';
import { joinQuery, joinStreamQuery } from '../schemas/run-request.ts';
import { followedRun } from '../streaming/followed-run.ts';
import type { RunAnswers } from '../streaming/run-answers.ts';
import { outcomeResponse, streamResponse } from '../schemas/run-response.ts';

const tags = ['Runs'];

/** Following a run that was started before, by any number of readers. */
export function runJoinRoutes(parts: ApiParts, answers: RunAnswers): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/runs/:run_id/stream',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'joinRunStream',
        summary: 'Follow the stream of a run',
        description:
          'From its start, or after the frame that `Last-Event-ID` names (`-1`: from the start). Every reader gets every frame. When frames after that position are not kept any more, a `gap` says so. A run that has ended is told from its stream, and its outcome from the database.',
        params: runParams,
        querystring: joinStreamQuery,
        headers: z.looseObject({
          'last-event-id': z
            .string()
            .max(100)
            .optional()
            .meta({ description: 'The id of the last frame that was got.', examples: ['1-3'] }),
        }),
        response: { 200: streamResponse, ...errorResponses({ hasBody: false, others: [404] }) },
      },
      handler: async (request, reply) => {
        const cancelsOnDisconnect = mayCancel(request, request.query.cancel_on_disconnect);
        const run = await findRun(parts, request);
        answers.stream(reply, followedRun(run, parts.clock.now()), {
          modes: request.query.stream_mode ?? modesOf(run),
          namesModes: request.query.stream_mode !== undefined,
          after: positionAfter(request.headers['last-event-id'], run),
          cancelsOnDisconnect,
        });
        return reply;
      },
    });

    scope.route({
      method: 'GET',
      url: '/threads/:thread_id/runs/:run_id/join',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'joinRun',
        summary: 'Wait until a run has ended',
        description:
          'Or until it waits for approval; then `__interrupt__` says for what. White space comes before the JSON while the run goes on.',
        params: runParams,
        querystring: joinQuery,
        response: { 200: outcomeResponse, ...errorResponses({ hasBody: false, others: [404] }) },
      },
      handler: async (request, reply) => {
        const cancelsOnDisconnect = mayCancel(request, request.query.cancel_on_disconnect);
        const run = await findRun(parts, request);
        answers.wait(reply, followedRun(run, parts.clock.now()), { cancelsOnDisconnect });
        return reply;
      },
    });
  };
}

/** Who may only read ends no run by going away. */
function mayCancel(request: Pick<FastifyRequest, 'apiKey'>, wish: boolean | undefined): boolean {
  if (wish === true && keyOf(request).scope === 'read') {
    throw new ApiError(
      'forbidden',
      'cancel_on_disconnect needs a key with the scope "write"; yours has "read".',
    );
  }
  return wish === true;
}

/** What was asked for when the run was started: the SDK does not say it again when it comes back. */
function modesOf({ kwargs }: Run): readonly StreamMode[] {
  const asked = kwargs?.['stream_mode'];
  if (!Array.isArray(asked)) return DEFAULT_STREAM_MODES;
  return STREAM_MODES.filter((mode) => asked.includes(mode));
}

function positionAfter(lastEventId: string | undefined, run: Run): FramePosition | null {
  if (lastEventId === undefined || lastEventId === '' || lastEventId === FROM_START) return null;
  const position = parseFrameId(lastEventId);
  if (position !== null && position.fence <= run.fence) return position;
  throw invalid(
    'Last-Event-ID',
    'Last-Event-ID names no frame of this run. Send the id of the last one that you got, or -1 for the start.',
  );
}
