import { Refusal } from './refusal.ts';

/** Arguments of a call as they came: strings from a form, any JSON value from a JSON body. */
export type CallArguments = Record<string, unknown>;

/** Reads a Web API body. Throws `Refusal` for what Slack calls `invalid_post_type` or `invalid_json`. */
export function parseArguments(
  contentType: string | undefined,
  body: string,
  query: URLSearchParams,
): CallArguments {
  const fromQuery = Object.fromEntries(query);
  if (body === '') return fromQuery;
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return { ...fromQuery, ...parseJsonBody(body) };
  if (type === 'application/x-www-form-urlencoded') {
    return { ...fromQuery, ...Object.fromEntries(new URLSearchParams(body)) };
  }
  throw new Refusal(type === undefined ? 'missing_post_type' : 'invalid_post_type');
}

function parseJsonBody(body: string): CallArguments {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Refusal('invalid_json');
  }
  if (!isRecord(value)) throw new Refusal('json_not_object');
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function optionalString(args: CallArguments, name: string): string | undefined {
  const value = args[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** Throws `invalid_arguments` and names the field, as Slack's `response_metadata.messages` do. */
export function requiredString(args: CallArguments, name: string): string {
  const value = optionalString(args, name);
  if (value === undefined || value === '') {
    throw new Refusal('invalid_arguments', {
      response_metadata: { messages: [`[ERROR] missing required field: ${name}`] },
    });
  }
  return value;
}

export function flag(args: CallArguments, name: string): boolean {
  return ['true', '1', true, 1].some((yes) => args[name] === yes);
}

export function wholeNumber(args: CallArguments, name: string, fallback: number): number {
  const text = optionalString(args, name);
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Refusal('invalid_limit');
  return value;
}

/** A value that a form carries as a JSON string and a JSON body carries as it is. */
export function structured(args: CallArguments, name: string, refusal: string): unknown {
  const value = args[name];
  if (typeof value !== 'string') return value ?? undefined;
  if (value === '') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    throw new Refusal(refusal);
  }
}
