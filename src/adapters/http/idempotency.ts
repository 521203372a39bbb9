import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NewId } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { IdempotentRequest, KeptAnswer } from '../../core/ports.ts';
import type { ApiParts } from './api-parts.ts';
import { keyOf } from './auth.ts';
import { ApiError, invalid } from './errors.ts';

/** A process that began a request and has not answered it for so long is gone, and another one begins it anew. */
const TAKE_OVER_MS = 15_000;
/** A repetition waits for the answer of the first, at most a little longer than until it may take over itself. */
const LONGEST_WAIT_MS = TAKE_OVER_MS + 5_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

export type OnceParts = Pick<ApiParts, 'idempotency' | 'newId' | 'clock'>;

/**
 * Carries a request that makes something out once for its Idempotency-Key, and each time without one. `carryOut` is to
 * take all ids of what it makes from `newId`, in the same order each time: for the same key they are the same, so that a
 * repetition after a crash finds what is there already. What it answers is kept for a day.
 * @throws ApiError `conflict` when the key was used with another request
 */
export async function once(
  parts: OnceParts,
  request: FastifyRequest,
  carryOut: (newId: NewId) => Promise<KeptAnswer>,
): Promise<{ answer: KeptAnswer; isRepetition: boolean }> {
  const key = idempotencyKey(request);
  if (key === null) return { answer: await carryOut(parts.newId), isRepetition: false };
  const asked = { projectId: keyOf(request).projectId, key, fingerprint: fingerprint(request) };
  const claim = await claimOrWait(parts, asked);
  if (claim.kind === 'answered') return { answer: claim.answer, isRepetition: true };
  try {
    const answer = await carryOut(idsFrom(claim.seed));
    await parts.idempotency.keep(asked, answer);
    return { answer, isRepetition: false };
  } catch (thrown) {
    if (madeNothing(thrown)) await parts.idempotency.forget(asked);
    throw thrown;
  }
}

/** Sends an answer of `once`: the same bytes each time. */
export function sendKept(
  reply: FastifyReply,
  { answer, isRepetition }: { answer: KeptAnswer; isRepetition: boolean },
): FastifyReply {
  if (isRepetition) reply.header('idempotency-replayed', 'true');
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .type('application/json; charset=utf-8')
    .send(answer.body);
}

async function claimOrWait({ idempotency, newId, clock }: OnceParts, asked: IdempotentRequest) {
  const begun = clock.now().getTime();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const now = clock.now();
    const claim = await idempotency.claim(asked, newId(), now, new Date(now.getTime() - TAKE_OVER_MS));
    if (claim.kind === 'mismatch') {
      throw new ApiError('conflict', 'The Idempotency-Key was used with another request. Take a new one.');
    }
    if (claim.kind !== 'in_progress') return claim;
    if (now.getTime() - begun > LONGEST_WAIT_MS) {
      throw new ApiError('conflict', 'A request with this Idempotency-Key is still being carried out.', {
        retryAfterMs: LONGEST_PAUSE_MS,
      });
    }
    await clock.sleep(pauseMs);
  }
}

/** Where it may have happened all the same, the claim stays, so that the next try makes it under the same ids. */
function madeNothing(thrown: unknown): boolean {
  return thrown instanceof ApiError || (thrown instanceof ThreadrelayError && thrown.certain);
}

/** Whether a repetition of the request is known as one. */
export function hasIdempotencyKey(request: FastifyRequest): boolean {
  return idempotencyKey(request) !== null;
}

function idempotencyKey({ headers }: FastifyRequest): string | null {
  const given = headers['idempotency-key'];
  if (given === undefined) return null;
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(given)) {
    throw invalid(
      'Idempotency-Key',
      'Idempotency-Key must be 1 to 255 visible ASCII characters without spaces.',
    );
  }
  return given;
}

function fingerprint({ method, url, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(`${method} ${url.replace(/\/(?=\?|$)/, '')}\n${JSON.stringify(sorted(body)) ?? ''}`)
    .digest('base64url');
}

/** The value with the keys of its objects in order, as their order means nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}

/**
 * Ids that follow from a seed, which is an id itself: UUIDs that begin with the seed's first 48 bits, its time, so that
 * they sort as ids made then.
 */
export function idsFrom(seed: string): NewId {
  let made = 0;
  return () => {
    made += 1;
    const hash = createHash('sha256').update(`${seed}/${made}`).digest('hex');
    return `${seed.slice(0, 13)}-8${hash.slice(0, 3)}-a${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
  };
}
