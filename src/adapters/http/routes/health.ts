import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

export type HealthParts = {
  /** Names what is not ready, or nothing when all is. */
  notReady: () => Promise<string[]>;
  metrics: () => Promise<{ contentType: string; body: string }>;
};

const shared = { tags: ['Service'], security: [] };

const ready = z.object({ ready: z.literal(true) }).meta({ examples: [{ ready: true }] });
const notReady = z
  .object({ ready: z.literal(false), waiting_for: z.array(z.string()) })
  .meta({ description: 'What is waited for.', examples: [{ ready: false, waiting_for: ['mongodb'] }] });

/** What orchestrators and operators ask. */
export function healthRoutes(parts: HealthParts): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/ok',
      exposeHeadRoute: true,
      schema: {
        ...shared,
        operationId: 'isAlive',
        summary: 'Whether the process lives',
        response: {
          200: z.object({ ok: z.literal(true) }).meta({ description: 'It does.', examples: [{ ok: true }] }),
        },
      },
      handler: async () => ({ ok: true as const }),
    });

    scope.route({
      method: 'GET',
      url: '/ready',
      exposeHeadRoute: true,
      schema: {
        ...shared,
        operationId: 'isReady',
        summary: 'Whether MongoDB, Redis and the platforms answer',
        response: { 200: ready.describe('They do.'), 503: notReady },
      },
      handler: async (_request, reply) => {
        const missing = await parts.notReady();
        if (missing.length === 0) return reply.send({ ready: true });
        return reply.code(503).send({ ready: false, waiting_for: missing });
      },
    });

    scope.route({
      method: 'GET',
      url: '/metrics',
      schema: {
        ...shared,
        operationId: 'getMetrics',
        summary: 'Counts and times for Prometheus',
        response: {
          200: {
            description: 'In the text format of Prometheus.',
            content: { 'text/plain': { schema: z.string(), example: 'threadrelay_runs_active 0' } },
          },
        },
      },
      handler: async (_request, reply) => {
        const { contentType, body } = await parts.metrics();
        return reply.header('content-type', contentType).send(body);
      },
    });
  };
}
