import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { parsePerson } from '../../../core/privacy/person.ts';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { erasure, erasureRequest } from '../schemas/erasure.ts';

/** The erasure of one person. */
export function erasureRoutes(parts: Pick<ApiParts, 'erasePerson'>): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'POST',
      url: '/erasures',
      config: { scope: 'admin' },
      schema: {
        tags: ['Privacy'],
        operationId: 'erasePerson',
        summary: 'Erase a person from the project',
        description:
          'Threads that only they wrote in are deleted; elsewhere their messages, what was answered to them, their files and their name are erased, and everywhere what is remembered of them. Answers when it is done; may be repeated.',
        body: erasureRequest,
        response: {
          202: answer('What was erased.', erasure),
          ...errorResponses({ hasBody: true, others: [] }),
        },
      },
      handler: async (request, reply) => {
        const { person, dry_run: dryRun = false } = request.body;
        const report = await parts.erasePerson({
          projectId: keyOf(request).projectId,
          person: parsePerson(person),
          dryRun,
        });
        return reply.code(202).send({
          person: report.person,
          dry_run: report.dryRun,
          erased: report.erased,
          threads_left: report.threadsLeft,
        });
      },
    });
  };
}
