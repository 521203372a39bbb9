import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import type { ApiKey, ApiKeyStore, Scope } from '../../core/ports.ts';
import { SCOPES } from '../../core/ports/access.ts';
import { ApiError } from './errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a route asks for; every route of the API says it. */
    scope?: Scope;
  }
  interface FastifyRequest {
    /** Set by the gate before a route is entered; read it with `keyOf`. */
    apiKey: ApiKey | null;
  }
}

/** A revoked key is refused after this time at the latest; until then no request of it costs a look-up. */
const REMEMBERED_MS = 1_000;
const REMEMBERED_KEYS = 1_000;

const SHAPE = /^tr_[\w-]{43}$/;

/** Who asks, by the key they sent. */
export type Gate = {
  /**
   * The key behind a secret that opens routes of this scope.
   * @throws ApiError `unauthorized` without a secret or with an unknown one, `forbidden` when its scope is too small
   */
  admit(secret: string | null, scope: Scope): Promise<ApiKey>;
};

export function createGate({ keys, clock }: { keys: ApiKeyStore; clock: Clock }): Gate {
  const remembered = new Map<string, { key: ApiKey; until: number }>();

  async function find(secret: string): Promise<ApiKey | null> {
    if (!SHAPE.test(secret)) return null;
    const hash = createHash('sha256').update(secret).digest('hex');
    const now = clock.now().getTime();
    const known = remembered.get(hash);
    if (known !== undefined && known.until > now) return known.key;
    remembered.delete(hash);
    const key = await keys.findByHash(hash);
    if (key === null) return null;
    if (remembered.size >= REMEMBERED_KEYS) remembered.clear();
    remembered.set(hash, { key, until: now + REMEMBERED_MS });
    return key;
  }

  return {
    async admit(secret, scope) {
      if (secret === null) {
        throw new ApiError(
          'unauthorized',
          'Send an API key, as "Authorization: Bearer KEY" or "x-api-key: KEY".',
        );
      }
      const key = await find(secret);
      if (key === null) throw new ApiError('unauthorized', 'This API key is unknown or was revoked.');
      if (SCOPES.indexOf(key.scope) < SCOPES.indexOf(scope)) {
        throw new ApiError(
          'forbidden',
          `This needs a key with the scope "${scope}"; yours has "${key.scope}".`,
        );
      }
      return key;
    },
  };
}

/** The secret of `Authorization: Bearer KEY` or `x-api-key: KEY`; null without either. */
export function secretOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const given = headers['x-api-key'];
  return typeof given === 'string' && given !== '' ? given : null;
}

/** The key that the gate let in. */
export function keyOf(request: Pick<FastifyRequest, 'apiKey'>): ApiKey {
  if (request.apiKey === null) throw new Error('a route was entered without passing the gate');
  return request.apiKey;
}
