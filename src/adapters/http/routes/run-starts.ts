import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RunRef } from '../../../core/runs/run.ts';
import { afterAttempt } from '../../../core/streaming/frame-position.ts';
import { DEFAULT_STREAM_MODES, type StreamMode } from '../../../core/streaming/stream-mode.ts';
import type { ApiParts } from '../api-parts.ts';
import { type Begun, beginRun, toFollow } from '../commands/begin-run.ts';
import { notFound } from '../errors.ts';
import { sendKept } from '../idempotency.ts';
import { presentRun } from '../present/run.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { creationHeaders, threadParams } from '../schemas/request.ts';
import { run } from '../schemas/run.ts';
import { looseRun, type RunRequest, threadRun } from '../schemas/run-request.ts';
import { outcomeResponse, streamResponse } from '../schemas/run-response.ts';
import type { RunAnswers } from '../streaming/run-answers.ts';

const shared = { tags: ['Runs'], headers: creationHeaders };
const errors = errorResponses({ hasBody: true, others: [404, 409] });
const onThread = { ...shared, params: threadParams, body: threadRun };
const alone = { ...shared, tags: ['Stateless runs'], body: looseRun };

const THREAD_OF_BODY =
  'With `thread_id` the run continues that thread. Without it the run gets a thread of its own, which is deleted a minute after the end unless `on_completion` says `keep`.';

/** Starting runs: answered at once, with the stream, or with the outcome. */
export function runStartRoutes(parts: ApiParts, answers: RunAnswers): FastifyPluginAsyncZod {
  async function describe({ threadId, runId }: RunRef) {
    const found = await parts.runs.find({ threadId, runId });
    if (found === null) throw notFound('run');
    return presentRun(found, parts.multitaskOf(found.assistantId));
  }

  async function stream(reply: FastifyReply, begun: Begun, wish: RunRequest): Promise<FastifyReply> {
    const followed = await toFollow(parts, begun);
    if (begun.kept.isRepetition) reply.header('idempotency-replayed', 'true');
    const cancelsOnDisconnect = wish.on_disconnect === 'cancel';
    const { afterFence } = begun.ref;
    answers.stream(reply, followed, {
      modes: modesOf(wish),
      after: afterFence === undefined ? null : afterAttempt(afterFence),
      isGreeted: afterFence !== undefined,
      namesModes: wish.command !== undefined,
      cancelsOnDisconnect,
    });
    return reply;
  }

  async function wait(reply: FastifyReply, begun: Begun, wish: RunRequest): Promise<FastifyReply> {
    const followed = await toFollow(parts, begun);
    if (begun.kept.isRepetition) reply.header('idempotency-replayed', 'true');
    answers.wait(reply, followed, { cancelsOnDisconnect: wish.on_disconnect === 'cancel' });
    return reply;
  }

  return async (scope) => {
    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/runs',
      config: { scope: 'write' },
      schema: {
        ...onThread,
        operationId: 'createRun',
        summary: 'Start a run on a thread',
        description: 'Answers at once; follow it by its stream, or wait for it by its join.',
        response: { 200: answer('The run.', run), ...errors },
      },
      handler: async (request, reply) => {
        const { kept } = await beginRun(parts, request, request.body, request.params.thread_id, describe);
        return sendKept(reply, kept);
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/runs/stream',
      config: { scope: 'write' },
      schema: {
        ...onThread,
        operationId: 'streamRun',
        summary: 'Start a run on a thread and follow its stream',
        response: { 200: streamResponse, ...errors },
      },
      handler: async (request, reply) => {
        const begun = await beginRun(parts, request, request.body, request.params.thread_id);
        return stream(reply, begun, request.body);
      },
    });

    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/runs/wait',
      config: { scope: 'write' },
      schema: {
        ...onThread,
        operationId: 'waitForRun',
        summary: 'Start a run on a thread and wait for its outcome',
        description: 'White space comes before the JSON while the run goes on.',
        response: { 200: outcomeResponse, ...errors },
      },
      handler: async (request, reply) => {
        const begun = await beginRun(parts, request, request.body, request.params.thread_id);
        return wait(reply, begun, request.body);
      },
    });

    scope.route({
      method: 'POST',
      url: '/runs',
      config: { scope: 'write' },
      schema: {
        ...alone,
        operationId: 'createStatelessRun',
        summary: 'Start a run',
        description: THREAD_OF_BODY,
        response: { 200: answer('The run.', run), ...errors },
      },
      handler: async (request, reply) => {
        const threadId = request.body.thread_id ?? null;
        const { kept } = await beginRun(parts, request, request.body, threadId, describe);
        return sendKept(reply, kept);
      },
    });

    scope.route({
      method: 'POST',
      url: '/runs/stream',
      config: { scope: 'write' },
      schema: {
        ...alone,
        operationId: 'streamStatelessRun',
        summary: 'Start a run and follow its stream',
        description: THREAD_OF_BODY,
        response: { 200: streamResponse, ...errors },
      },
      handler: async (request, reply) => {
        const begun = await beginRun(parts, request, request.body, request.body.thread_id ?? null);
        return stream(reply, begun, request.body);
      },
    });

    scope.route({
      method: 'POST',
      url: '/runs/wait',
      config: { scope: 'write' },
      schema: {
        ...alone,
        operationId: 'waitForStatelessRun',
        summary: 'Start a run and wait for its outcome',
        description: `${THREAD_OF_BODY} White space comes before the JSON while the run goes on.`,
        response: { 200: outcomeResponse, ...errors },
      },
      handler: async (request, reply) => {
        const begun = await beginRun(parts, request, request.body, request.body.thread_id ?? null);
        return wait(reply, begun, request.body);
      },
    });
  };
}

function modesOf({ stream_mode: asked }: RunRequest): readonly StreamMode[] {
  if (asked === undefined) return DEFAULT_STREAM_MODES;
  return typeof asked === 'string' ? [asked] : asked;
}
