import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';

const info = z
  .object({
    name: z.literal('threadrelay'),
    version: z.string(),
    flags: z.record(z.string(), z.boolean()).meta({ description: 'What clients of the SDK may ask for.' }),
  })
  .meta({
    description: 'Name and version.',
    examples: [{ name: 'threadrelay', version: '0.1.0', flags: { assistants: true, crons: false } }],
  });

export function infoRoutes({ version }: Pick<ApiParts, 'version'>): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/info',
      schema: {
        tags: ['Service'],
        security: [],
        operationId: 'getInfo',
        summary: 'What this service is',
        response: { 200: info },
      },
      handler: async () => ({
        name: 'threadrelay' as const,
        version,
        flags: { assistants: true, crons: false, langsmith: false },
      }),
    });
  };
}
