import { type ErrorCode, type ThreadrelayError, toThreadrelayError } from '../../core/errors.ts';

/** What only HTTP knows, with the status that says so. */
const HTTP_STATUS = {
  malformed_request: 400,
  unauthorized: 401,
  forbidden: 403,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
} as const;

/** Every code of the house and the status it is answered with. Clients of the SDK do not repeat 400 to 409 and 422. */
const CORE_STATUS: Record<ErrorCode, number> = {
  invalid_input: 422,
  not_found: 404,
  conflict: 409,
  thread_busy: 409,
  thread_closed: 409,
  thread_deleted: 404,
  store_unavailable: 503,
  queue_unavailable: 503,
  // What follows is a matter of workers and adapters, and would be a fault of ours in an answer.
  stale_attempt: 500,
  invalid_configuration: 500,
  platform_refused: 500,
  platform_rate_limited: 500,
  platform_unreachable: 500,
  platform_uncertain: 500,
  model_failed: 500,
  budget_spent: 500,
  asked_too_often: 500,
  workflow_failed: 500,
  attempts_exhausted: 500,
  timed_out: 500,
  internal: 500,
};

export const ERROR_STATUS: Readonly<Record<ApiErrorCode, number>> = { ...CORE_STATUS, ...HTTP_STATUS };

export type ApiErrorCode = ErrorCode | keyof typeof HTTP_STATUS;

export type ErrorBody = { error: { code: ApiErrorCode; message: string; details?: Record<string, unknown> } };

/** Thrown by routes and hooks for what the asker did; the error handler answers it as it is. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly statusCode: number;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ApiErrorCode,
    sentence: string,
    facts: { field?: string; details?: Record<string, unknown>; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(sentence, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'ApiError';
    this.code = code;
    this.statusCode = ERROR_STATUS[code];
    this.details = facts.field === undefined ? facts.details : { field: facts.field, ...facts.details };
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The request is well-formed and cannot be carried out: 422. `field` is a path like `input.messages.0.content`. */
export function invalid(field: string, sentence: string): ApiError {
  return new ApiError('invalid_input', sentence, { field });
}

/** There is none, or it belongs to another project; nobody is told which: 404. */
export function notFound(what: string): ApiError {
  return new ApiError('not_found', `There is no such ${what}.`);
}

/** What is answered instead of an answer. */
export type ErrorAnswer = { status: number; retryAfterMs: number | undefined; body: ErrorBody };

/** The one mapping from anything thrown to an answer. What is not meant for people stays here. */
export function toErrorAnswer(thrown: unknown): ErrorAnswer {
  if (thrown instanceof ApiError) return answer(thrown.code, thrown.message, thrown);
  const ofFastify = fastifyFault(thrown);
  if (ofFastify !== null) return answer(ofFastify.code, ofFastify.sentence, {});
  const error = toThreadrelayError(thrown);
  const status = ERROR_STATUS[error.code];
  if (status === 500) return answer('internal', 'Something went wrong on our side.', {});
  return answer(error.code, error.message, {
    details: fieldOf(error),
    retryAfterMs: retryAfter(error, status),
  });
}

/** Of an error's facts for the log, only the field at fault is for the asker. */
function fieldOf({ details }: ThreadrelayError): Record<string, unknown> | undefined {
  return typeof details['field'] === 'string' ? { field: details['field'] } : undefined;
}

/** A store that is away is mostly back within seconds. */
const STORE_RETRY_MS = 1_000;

function retryAfter(error: ThreadrelayError, status: number): number | undefined {
  return error.retryAfterMs ?? (status === 503 ? STORE_RETRY_MS : undefined);
}

function answer(
  code: ApiErrorCode,
  message: string,
  facts: { details?: Record<string, unknown> | undefined; retryAfterMs?: number | undefined },
): ErrorAnswer {
  const { details, retryAfterMs } = facts;
  const error = details === undefined ? { code, message } : { code, message, details };
  return { status: ERROR_STATUS[code], retryAfterMs, body: { error } };
}

/** Refusals of the library, which come before any route of ours. */
function fastifyFault(thrown: unknown): { code: ApiErrorCode; sentence: string } | null {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return null;
  switch (thrown.statusCode) {
    case 413:
      return { code: 'too_large', sentence: 'The body is larger than 1 MiB. Send less at once.' };
    case 415:
      return {
        code: 'unsupported_media_type',
        sentence: 'The body must be JSON. Send it with "Content-Type: application/json".',
      };
    case 400:
    case 414:
    case 431:
      return { code: 'malformed_request', sentence: 'The request is malformed, and nothing of it was done.' };
    default:
      return null;
  }
}
