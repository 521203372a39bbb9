import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { decideApproval } from '../../../core/approval/decide-approval.ts';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { deciderOf } from '../commands/decider.ts';
import { ApiError, notFound } from '../errors.ts';
import { once, sendKept } from '../idempotency.ts';
import { presentRun } from '../present/run.ts';
import { findRun } from '../queries/find-run.ts';
import { answer } from '../schemas/answer.ts';
import { decideCall } from '../schemas/approval.ts';
import { errorResponses } from '../schemas/error.ts';
import { callParams, creationHeaders } from '../schemas/request.ts';
import { run } from '../schemas/run.ts';

/** Deciding what a run asks people for. */
export function runApprovalRoutes(parts: ApiParts): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'POST',
      url: '/threads/:thread_id/runs/:run_id/approvals/:call_id',
      config: { scope: 'write' },
      schema: {
        tags: ['Runs'],
        operationId: 'decideCall',
        summary: 'Approve or deny a call of a tool',
        description:
          'Of a run that waits for it: the `interrupts` of its thread name the calls. The first decision counts, wherever it was made; another one gets 409, and so does one that comes too late (404 when the run was cancelled). With its last call decided the run goes on.',
        params: callParams,
        headers: creationHeaders,
        body: decideCall,
        response: {
          200: answer('The run.', run),
          ...errorResponses({ hasBody: true, others: [404, 409] }),
        },
      },
      handler: async (request, reply) => {
        const { call_id: callId } = request.params;
        const { approved, note = null } = request.body;
        const kept = await once(parts, request, async () => {
          const { threadId, id: runId } = await findRun(parts, request);
          const decided = await decideApproval(
            parts,
            { threadId, runId },
            (calls) => calls.findLastIndex(({ id }) => id === callId),
            () => true,
            { ...deciderOf(keyOf(request)), approved, note },
          );
          switch (decided.kind) {
            case 'already':
              if (decided.decision.approved !== approved) throw decidedOtherwise(decided.decision.approved);
              break;
            case 'decided':
              break;
            case 'over':
              throw new ApiError(
                'conflict',
                'The run does not wait for this any more, so it cannot be decided.',
              );
            case 'forbidden':
            case 'unknown':
              throw notFound('call that waits for approval');
          }
          const shown = presentRun(decided.run, parts.multitaskOf(decided.run.assistantId));
          return { status: 200, headers: {}, body: JSON.stringify(shown) };
        });
        return sendKept(reply, kept);
      },
    });
  };
}

function decidedOtherwise(approved: boolean): ApiError {
  return new ApiError('conflict', `It was ${approved ? 'approved' : 'denied'} before, and that stays.`);
}
