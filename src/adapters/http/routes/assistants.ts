import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { notFound } from '../errors.ts';
import { presentAssistant } from '../present/assistant.ts';
import { select } from '../present/select.ts';
import { searchAmong } from '../queries/search-assistants.ts';
import { assistant, assistantFields, countAssistants, searchAssistants } from '../schemas/assistant.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { assistantId } from '../schemas/json.ts';

const tags = ['Assistants'];

/** The assistants of the configuration, as the SDK knows them. */
export function assistantRoutes({ assistants }: Pick<ApiParts, 'assistants'>): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'POST',
      url: '/assistants/search',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'searchAssistants',
        summary: 'Search assistants',
        description:
          'As the SDK does. The header `X-Pagination-Next` holds the offset of the next page while there is one, `X-Pagination-Total` how many match.',
        body: searchAssistants,
        response: {
          200: answer('The assistants that match.', z.array(assistantFields)),
          ...errorResponses({ hasBody: true, others: [] }),
        },
      },
      handler: async (request, reply) => {
        const wish = request.body;
        const { limit, offset } = wish;
        const found = searchAmong(assistants().map(presentAssistant), wish);
        reply.header('x-pagination-total', String(found.length));
        if (found.length > offset + limit) reply.header('x-pagination-next', String(offset + limit));
        return reply.send(found.slice(offset, offset + limit).map((each) => select(each, wish.select)));
      },
    });

    scope.route({
      method: 'POST',
      url: '/assistants/count',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'countAssistants',
        summary: 'Count assistants',
        body: countAssistants,
        response: {
          200: answer('How many match.', z.int().meta({ examples: [1] })),
          ...errorResponses({ hasBody: true, others: [] }),
        },
      },
      handler: async (request) => searchAmong(assistants().map(presentAssistant), request.body).length,
    });

    scope.route({
      method: 'GET',
      url: '/assistants/:assistant_id',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getAssistant',
        summary: 'Read an assistant',
        params: z.object({ assistant_id: assistantId }),
        response: {
          200: answer('The assistant.', assistant),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request) => {
        const found = assistants().find(({ id }) => id === request.params.assistant_id);
        if (found === undefined) throw notFound('assistant');
        return presentAssistant(found);
      },
    });
  };
}
