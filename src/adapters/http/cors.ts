import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** What a page of another origin may read of an answer. */
const EXPOSED = [
  'Content-Location',
  'Location',
  'X-Pagination-Next',
  'X-Pagination-Total',
  'Retry-After',
  'Idempotency-Replayed',
];

/** A browser asks again for permission after it; what the configuration allows changes with a restart alone. */
const PREFLIGHT_SECONDS = 600;

/** Lets pages of these origins call the API; keys are sent by programs, so cookies are never asked for. */
export async function allowOrigins(scope: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await scope.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  });
}
