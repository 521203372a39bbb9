import type { FastifyInstance } from 'fastify';
import type { ApiParts } from './api-parts.ts';
import { createGate, secretOf } from './auth.ts';
import { ApiError } from './errors.ts';

/**
 * Lets nobody into the routes of a scope who has no key that suits, or has asked too often. A route that does not say
 * what scope it asks for is a fault at the start.
 */
export function guard(scope: FastifyInstance, parts: Pick<ApiParts, 'keys' | 'clock' | 'limiter'>): void {
  const gate = createGate(parts);
  scope.decorateRequest('apiKey', null);
  scope.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined) throw new Error(`the route ${url} does not say what scope it asks for`);
  });
  scope.addHook('onRequest', async (request) => {
    // A route without a scope cannot be here; the strictest then.
    const needed = request.routeOptions.config.scope ?? 'admin';
    const key = await gate.admit(secretOf(request), needed);
    request.apiKey = key;
    const turn = await parts.limiter.take(key.id);
    if (!turn.allowed) {
      const seconds = Math.ceil(turn.retryAfterMs / 1_000);
      throw new ApiError('rate_limited', `Too many requests by this key. Wait ${seconds} s.`, turn);
    }
  });
}
