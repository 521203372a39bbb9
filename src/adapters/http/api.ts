import type { FastifyInstance } from 'fastify';
import { allowOrigins } from './cors.ts';
import type { ApiParts } from './api-parts.ts';
import { checkContent } from './check-content.ts';
import { guard } from './gate-hook.ts';
import { readJsonBodies } from './parse-body.ts';
import { checkEncoding } from './parse-query.ts';
import { assistantRoutes } from './routes/assistants.ts';
import { docsRoutes } from './routes/docs.ts';
import { erasureRoutes } from './routes/erasures.ts';
import { historyRoutes } from './routes/history.ts';
import { infoRoutes } from './routes/info.ts';
import { memoryRoutes } from './routes/memories.ts';
import { messageRoutes } from './routes/messages.ts';
import { runRoutes } from './routes/runs.ts';
import { stateRoutes } from './routes/state.ts';
import { threadRoutes } from './routes/threads.ts';
import { threadSearchRoutes } from './routes/thread-search.ts';

/**
 * The API as a plugin of the server, over ports alone. `describeRoutes` and `useSchemas` have been called on the server.
 * All its routes but `/info`, `/docs` and `/openapi.json` need a key.
 */
export function createApi(parts: ApiParts): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    await allowOrigins(scope, parts.cors);
    countRequests(scope, parts);
    await scope.register(infoRoutes(parts));
    await scope.register(docsRoutes);
    await scope.register(async (guarded) => {
      guard(guarded, parts);
      refuseBadContent(guarded);
      readJsonBodies(guarded);
      await guarded.register(threadRoutes(parts));
      await guarded.register(threadSearchRoutes(parts));
      await guarded.register(messageRoutes(parts));
      await guarded.register(stateRoutes(parts));
      await guarded.register(historyRoutes(parts));
      await guarded.register(assistantRoutes(parts));
      await guarded.register(runRoutes(parts));
      await guarded.register(erasureRoutes(parts));
      await guarded.register(memoryRoutes(parts));
    });
  };
}

function countRequests(scope: FastifyInstance, { telemetry }: ApiParts): void {
  scope.addHook('onResponse', async ({ method, routeOptions: { url } }, reply) => {
    if (url === undefined) return;
    telemetry.requestEnded({ route: url, method, status: reply.statusCode }, reply.elapsedTime / 1_000);
  });
}

/** Before any schema sees it: what no field may hold. */
function refuseBadContent(scope: FastifyInstance): void {
  scope.addHook('onRequest', async ({ raw }) => checkEncoding(raw.url ?? ''));
  scope.addHook('preValidation', async ({ params, query, body }) => {
    checkContent(params, '');
    checkContent(query, '');
    checkContent(body, '');
  });
}
