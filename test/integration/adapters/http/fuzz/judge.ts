import type { HostileRequest } from './hostile-requests.ts';
import type { Described } from './operations.ts';
import type { Outcome } from './raw-exchange.ts';

/** What any address may answer, whatever its document says: to no JSON, to no HTTP, and where nothing is. */
const ANYWHERE = new Set([400, 404, 413, 415, 417]);

/** What only we are to know: how we keep things, and where a program stands. */
const OURS = /mongo|\bbson|redis|bullmq|E11000|cast to|node_modules|\.ts:\d|at \w+ \(/i;

/** What is wrong with an answer to a hostile request; null when nothing is. */
export function faultOf(request: HostileRequest, outcome: Outcome, described: Described): string | null {
  if (outcome === 'closed') return request.isOversized ? null : 'the connection was closed without an answer';
  if (outcome === 'silent') return waits(request) ? null : 'nothing was answered';
  const { status, headers, body } = outcome;
  if (!(status >= 200 && status < 500)) return `the status ${status}: ${body.slice(0, 300)}`;
  const { statuses } = request.operation;
  if (status >= 200 && status < 400) {
    const isDocumented = statuses.has(status) || request.isMangled;
    return isDocumented ? null : `the status ${status}, of which the document does not know`;
  }
  if (!(statuses.has(status) || ((request.isMangled || request.hasBody) && ANYWHERE.has(status)))) {
    return `the status ${status}, of which the document does not know: ${body.slice(0, 300)}`;
  }
  if (headers.get('content-type') !== 'application/json; charset=utf-8') {
    return `an error as ${headers.get('content-type') ?? 'nothing'}: ${body.slice(0, 300)}`;
  }
  return faultOfBody(body, described);
}

/** Routes that answer when a run has ended. */
export function waits({ operation: { path } }: HostileRequest): boolean {
  return /\/(wait|join|cancel)$/.test(path);
}

function faultOfBody(body: string, { schemas }: Described): string | null {
  const { error, ...others } = parsed(body);
  if (typeof error !== 'object' || error === null || Object.keys(others).length > 0) {
    return `another shape: ${body.slice(0, 300)}`;
  }
  const { code, message, details = {}, ...more } = error as Record<string, unknown>;
  const codes = schemas['Error']?.properties?.['error']?.properties?.['code']?.enum ?? [];
  if (!codes.includes(code)) return `a code that is not documented: ${String(code)}`;
  if (typeof message !== 'string' || message.trim() === '') return `no sentence: ${body.slice(0, 300)}`;
  if (typeof details !== 'object' || Object.keys(more).length > 0)
    return `another shape: ${body.slice(0, 300)}`;
  return OURS.test(message) ? `a sentence that tells too much: ${message.slice(0, 300)}` : null;
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
