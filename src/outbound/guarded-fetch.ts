import { lookup } from 'node:dns/promises';
import { ThreadrelayError, toThreadrelayError } from '../core/errors.ts';
import type { Fetched, GuardedFetch, OutboundRequest } from '../core/ports.ts';
import { checkDestination, type Destination, placeOf, readAddress, type Resolve } from './destination.ts';
import { type Answer, isRedirect, sendOnce } from './one-hop.ts';
import { ownHeaders } from './own-headers.ts';

/** Redirects that are followed: sites use one or two, and loops have no end. */
const MOST_REDIRECTS = 5;
/** Largest answer, unpacked; promise 35. */
const MOST_BYTES = 10 * 1024 * 1024;
/** Time for the whole of it, redirects included; promise 35. */
const LONGEST_FETCH_MS = 10_000;

/** What another origin may be told of a request after a redirect. */
const HARMLESS: ReadonlySet<string> = new Set(['accept', 'accept-language', 'user-agent']);

export type OutboundOptions = {
  /** Hosts, as `host` with all its ports or `host:port`, that may be private; credentials may go to them without TLS. */
  allowPrivate?: readonly string[];
  /** All addresses of a name; the system's resolver when left out. */
  resolve?: Resolve;
  /** Milliseconds that a fetch may take, whatever a request asks for. */
  longestMs?: number;
};

const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true });

type Leg = { url: URL; method: string; headers: Record<string, string>; body: OutboundRequest['body'] };

/** The guarded fetch of core's port. Bounds of a request only narrow those of this file. */
export function createGuardedFetch(options: OutboundOptions = {}): GuardedFetch {
  const allowed = new Set((options.allowPrivate ?? []).map((host) => host.toLowerCase()));
  const resolve = options.resolve ?? systemResolve;
  const longestMs = options.longestMs ?? LONGEST_FETCH_MS;

  async function travel(request: OutboundRequest, signal: AbortSignal): Promise<Fetched> {
    const maxBytes = Math.min(request.maxBytes ?? MOST_BYTES, MOST_BYTES);
    let leg: Leg = {
      url: readAddress(request.url),
      method: request.method ?? 'GET',
      headers: ownHeaders(request.headers ?? {}),
      body: request.body,
    };
    for (let redirects = 0; ; redirects++) {
      const destination = await untilAborted(checkDestination(leg.url, allowed, resolve), signal);
      const headers = { ...leg.headers, ...credentialsFor(request.credentials, destination) };
      const answer = await sendOnce({ ...leg, destination, headers, maxBytes, signal });
      if (!isRedirect(answer)) return { ...answer, url: leg.url.href };
      if (redirects === MOST_REDIRECTS) {
        throw new ThreadrelayError('platform_refused', `${placeOf(leg.url)} redirects too often.`);
      }
      leg = nextLeg(leg, answer);
    }
  }

  return async function guardedFetch(request) {
    const timeout = AbortSignal.timeout(Math.min(request.timeoutMs ?? longestMs, longestMs));
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    try {
      return await travel(request, signal);
    } catch (thrown) {
      throw faultOf(thrown, request, timeout.aborted);
    }
  };
}

/** Pure. The credentials where they are meant for this host and port, and nobody else can read them on the way. */
export function credentialsFor(
  credentials: OutboundRequest['credentials'],
  { url, isAllowed }: Pick<Destination, 'url' | 'isAllowed'>,
): Record<string, string> {
  if (credentials === undefined || !credentials.hosts.includes(url.host)) return {};
  if (url.protocol !== 'https:' && !isAllowed) return {};
  return { [credentials.header.toLowerCase()]: credentials.value };
}

/** As browsers do it, but another origin gets no header that may be a secret, and no body. */
function nextLeg(leg: Leg, { status, headers }: Answer): Leg {
  const url = readAddress(headers.get('location') ?? '', leg.url);
  const isElsewhere = url.origin !== leg.url.origin;
  const kept = Object.entries(leg.headers).filter(([name]) => !isElsewhere || HARMLESS.has(name));
  const becomesGet = status === 303 || (status < 303 && leg.method === 'POST');
  if (becomesGet || leg.method === 'GET') {
    const bare = kept.filter(([name]) => !name.startsWith('content-'));
    return { url, method: 'GET', headers: Object.fromEntries(bare), body: undefined };
  }
  if (isElsewhere) {
    const sentence = `${placeOf(leg.url)} redirects what was sent to it to another server, which is not followed.`;
    throw new ThreadrelayError('platform_refused', sentence);
  }
  return { ...leg, url, headers: Object.fromEntries(kept) };
}

/** What cannot be stopped is left alone. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function faultOf(thrown: unknown, request: OutboundRequest, isLate: boolean): ThreadrelayError {
  if (thrown instanceof ThreadrelayError) return thrown;
  const place = placeOf(readAddress(request.url));
  const facts = { retryable: true, certain: (request.method ?? 'GET') === 'GET', cause: thrown };
  if (isLate) {
    return new ThreadrelayError('platform_unreachable', `${place} did not answer in time.`, facts);
  }
  if (request.signal?.aborted === true) {
    return new ThreadrelayError('platform_unreachable', `The request to ${place} was given up.`, facts);
  }
  if (thrown instanceof TypeError) {
    return new ThreadrelayError('invalid_input', `The request to ${place} has a header that cannot be sent.`);
  }
  if (thrown instanceof Error) {
    return new ThreadrelayError('platform_unreachable', `${place} could not be reached.`, facts);
  }
  return toThreadrelayError(thrown);
}
