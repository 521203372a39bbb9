import { ThreadrelayError } from '../../core/errors.ts';
import type { GuardedFetch, OutboundRequest } from '../../core/ports.ts';

type Fetch = typeof globalThis.fetch;

/** The protocol's session has a stream from the server as well, which tools do not need; this is how one says so. */
const NO_STREAM = 405;
/** Statuses that have no body. */
const EMPTY = new Set([204, 205, 304]);

/**
 * The guarded way out as an MCP client's `fetch`. Answers come whole; one from another origin than was asked is refused,
 * so that neither arguments nor results go astray.
 */
export function guardedMcpFetch(fetch: GuardedFetch, timeoutMs: number): Fetch {
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const method = methodOf(init.method);
    if (method === 'GET') return new Response(null, { status: NO_STREAM });
    const answer = await fetch({
      url,
      method,
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof init.body === 'string' ? { body: init.body } : {}),
      timeoutMs,
      ...(init.signal === null || init.signal === undefined ? {} : { signal: init.signal }),
    });
    if (new URL(answer.url).origin !== new URL(url).origin) {
      throw new ThreadrelayError(
        'platform_refused',
        `${new URL(url).host} sent the call on to another server.`,
      );
    }
    return new Response(EMPTY.has(answer.status) ? null : Buffer.from(answer.body), {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
    });
  };
}

function methodOf(given = 'GET'): NonNullable<OutboundRequest['method']> {
  const known = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find(
    (each) => each === given.toUpperCase(),
  );
  if (known === undefined) throw new ThreadrelayError('invalid_input', `MCP does not use ${given}.`);
  return known;
}
