import { z } from 'zod';
import { type ApiErrorCode, ERROR_STATUS } from '../errors.ts';

const codes = Object.entries(ERROR_STATUS)
  // A code of workers would be answered as `internal`.
  .filter(([code, status]) => status !== 500 || code === 'internal')
  .map(([code]) => code);

export const errorBody = z
  .object({
    error: z.object({
      code: z.enum(codes).meta({ description: 'For programs. Each code has one status.' }),
      message: z.string().meta({ description: 'A sentence for people: what is wrong and how to mend it.' }),
      details: z
        .looseObject({ field: z.string().optional().meta({ description: 'The field at fault.' }) })
        .optional(),
    }),
  })
  .meta({ id: 'Error', description: 'Every answer that is no success.' });

const MEANING: Record<number, { description: string; code: ApiErrorCode; message: string; field?: string }> =
  {
    400: {
      description: 'The request is malformed: no JSON, no UTF-8, or no address.',
      code: 'malformed_request',
      message: 'The body is not JSON: Unexpected end of JSON input.',
    },
    401: {
      description: 'No API key, or one that is unknown or revoked.',
      code: 'unauthorized',
      message: 'Send an API key, as "Authorization: Bearer KEY" or "x-api-key: KEY".',
    },
    403: {
      description: 'The scope of the API key is too small.',
      code: 'forbidden',
      message: 'This needs a key with the scope "write"; yours has "read".',
    },
    404: {
      description: 'There is none in the project of the API key.',
      code: 'not_found',
      message: 'There is no such thread.',
    },
    409: {
      description: 'It contradicts what is there.',
      code: 'conflict',
      message: 'The Idempotency-Key was used with another request. Take a new one.',
    },
    413: {
      description: 'The body is larger than 1 MiB.',
      code: 'too_large',
      message: 'The body is larger than 1 MiB. Send less at once.',
    },
    415: {
      description: 'The body is not declared as JSON.',
      code: 'unsupported_media_type',
      message: 'The body must be JSON. Send it with "Content-Type: application/json".',
    },
    422: {
      description:
        'The request is well-formed and cannot be carried out. `details.field` names the field at fault.',
      code: 'invalid_input',
      message: 'limit must be at most 100.',
      field: 'limit',
    },
    429: {
      description: 'Too many requests by this key. `Retry-After` tells how many seconds to wait.',
      code: 'rate_limited',
      message: 'Too many requests by this key. Wait 2 s.',
    },
    503: {
      description: 'A store is away. `Retry-After` tells how many seconds to wait.',
      code: 'store_unavailable',
      message: 'The database did not take the request. Try again soon.',
    },
  };

const ALWAYS = [400, 401, 403, 422, 429, 503];
const WITH_BODY = [413, 415];

/** The errors of a route for its document: those that any route answers, those of a body, and `others`. */
export function errorResponses({ hasBody, others }: { hasBody: boolean; others: readonly number[] }): object {
  const statuses = [...ALWAYS, ...(hasBody ? WITH_BODY : []), ...others].sort((a, b) => a - b);
  return Object.fromEntries(statuses.map((status) => [status, errorResponse(status)]));
}

function errorResponse(status: number) {
  const meaning = MEANING[status];
  if (meaning === undefined) throw new Error(`no meaning is written for the status ${status}`);
  const { description, code, message, field } = meaning;
  const error = field === undefined ? { code, message } : { code, message, details: { field } };
  return {
    description,
    content: { 'application/json': { schema: errorBody, example: { error } } },
  };
}
