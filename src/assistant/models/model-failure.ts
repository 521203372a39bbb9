import { z } from 'zod';

/** Why a call of a model failed. */
export type FailureKind =
  | 'rate_limited'
  | 'unavailable'
  | 'silent'
  | 'stalled'
  | 'cut'
  | 'malformed'
  | 'empty'
  | 'used_up'
  | 'filtered'
  | 'no_credit'
  | 'no_key'
  | 'key_refused'
  | 'unknown_model'
  | 'too_long'
  | 'refused';

/** Thrown by one call of a model; it never leaves this folder. Its message is the provider's, for the log. */
export class ModelFailure extends Error {
  readonly kind: FailureKind;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  /** The provider speaks of pictures: if it was sent some, it may take the same request without them. */
  readonly isAboutPictures: boolean;

  constructor(
    kind: FailureKind,
    facts: {
      said?: string;
      status?: number;
      retryAfterMs?: number | null;
      isAboutPictures?: boolean;
    } = {},
  ) {
    super(facts.said ?? kind);
    this.name = 'ModelFailure';
    this.kind = kind;
    this.status = facts.status ?? null;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.isAboutPictures = facts.isAboutPictures ?? false;
  }
}

/** What the AI SDK throws, and what it hands on of a provider's error events, as far as it is read here. */
const foreign = z.looseObject({
  name: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  statusCode: z.number().optional().catch(undefined),
  responseHeaders: z.record(z.string(), z.string()).optional().catch(undefined),
  responseBody: z.string().optional().catch(undefined),
  isRetryable: z.boolean().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  code: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** Longer texts of providers repeat what they were sent. */
const MAX_SAID = 300;

/** Maps what a library of a provider threw, or told in its stream. */
export function toModelFailure(thrown: unknown, now: Date): ModelFailure {
  if (thrown instanceof ModelFailure) return thrown;
  if (typeof thrown === 'string')
    return new ModelFailure(kindOfText(thrown) ?? 'unavailable', { said: cut(thrown) });
  const { data: error } = foreign.safeParse(thrown);
  if (error === undefined) return new ModelFailure('unavailable');
  if (error.error !== undefined && error.error !== null && error.statusCode === undefined)
    return toModelFailure(error.error, now);
  const { name = '', message = '', statusCode: status, responseBody = '', responseHeaders = {} } = error;
  const text = `${error.type ?? ''} ${typeof error.code === 'string' ? error.code : ''} ${message} ${responseBody}`;
  const kind = kindOfStatus(status, text) ?? kindOfName(name, message) ?? kindOfText(text) ?? 'unavailable';
  return new ModelFailure(kind, {
    said: kind === 'key_refused' ? '' : cut(message),
    ...(status === undefined ? {} : { status }),
    retryAfterMs: retryAfterOf(responseHeaders, now),
    isAboutPictures: ABOUT_PICTURES.test(text),
  });
}

/** Said where a picture is of a kind that is not taken, is broken, or where a model sees none; with all kinds of status. */
const ABOUT_PICTURES = /images?\b|image_|pictures?\b|\bvision\b|multi-?modal/i;

function kindOfStatus(status: number | undefined, text: string): FailureKind | null {
  if (status === undefined || (status >= 200 && status < 300)) return null;
  if (status === 402 || NO_CREDIT.test(text)) return 'no_credit';
  if (status === 401 || status === 403) return 'key_refused';
  if (status === 404) return 'unknown_model';
  if (status === 413 || (status === 400 && TOO_LONG.test(text))) return 'too_long';
  if (status === 429) return 'rate_limited';
  return status === 408 || status === 409 || status >= 500 ? 'unavailable' : 'refused';
}

const NO_CREDIT = /insufficient_quota|credit balance is too low|billing_hard_limit/i;
const TOO_LONG = /context_length|context window|prompt is too long|too many tokens|maximum context/i;

/** Of errors that have no status: what a stream held, and connections that broke. */
function kindOfName(name: string, message: string): FailureKind | null {
  if (/JSONParse|TypeValidation|InvalidResponseData/.test(name)) return 'malformed';
  if (/terminated|aborted|socket|other side closed/i.test(message)) return 'cut';
  return null;
}

function kindOfText(text: string): FailureKind | null {
  if (NO_CREDIT.test(text)) return 'no_credit';
  if (/rate.?limit/i.test(text)) return 'rate_limited';
  if (TOO_LONG.test(text)) return 'too_long';
  if (/overloaded|server_error|api_error|timeout/i.test(text)) return 'unavailable';
  return /invalid_request|authentication|permission|not_found/i.test(text) ? 'refused' : null;
}

/** Milliseconds that the provider asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfterOf(headers: Readonly<Record<string, string>>, now: Date): number | null {
  const inMs = Number.parseFloat(headers['retry-after-ms'] ?? '');
  if (Number.isFinite(inMs)) return Math.max(0, inMs);
  const value = headers['retry-after'] ?? '';
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Number.parseFloat(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

function cut(text: string): string {
  return text.slice(0, MAX_SAID);
}
