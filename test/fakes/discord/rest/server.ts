import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, refusals, SublimitError } from '../api-error.ts';
import type { Context } from '../context.ts';
import type { Effect, Faults } from '../faults.ts';
import type { Headers, Refusal } from '../limits.ts';
import { applicationRoutes } from './application.ts';
import type { Body } from './body.ts';
import { parseBody, readBytes } from './body.ts';
import { channelRoutes } from './channels.ts';
import { createMessageRoutes } from './create-message.ts';
import { guildRoutes } from './guilds.ts';
import { interactionRoutes } from './interactions.ts';
import { messageRoutes } from './messages.ts';
import type { Match, Reply, Route } from './route.ts';
import { findRoute } from './route.ts';
import { isGoodAddress } from '../signed-files.ts';
import { threadRoutes } from './threads.ts';

/** One REST call as it was made and answered. `at` is the fake's clock in milliseconds, `status` undefined while or when never answered. */
export type RestCall = {
  at: number;
  method: string;
  /** Path below `/api/v10`, without the query. */
  path: string;
  query: string;
  /** `METHOD /template`, or `METHOD path` where there is no such route. */
  route: string;
  body: unknown;
  status: number | undefined;
  code: number | undefined;
  /** Milliseconds the call was told to wait, of a 429. */
  retryAfterMs: number | undefined;
};

/** Runs the processing of one call so that its events leave before or after the answer, as the settings say. */
export type Collect = <T>(process: () => T) => { result: T; flush: () => void; eventFirst: boolean };

export type RestParts = {
  ctx: Context;
  faults: Faults;
  history: RestCall[];
  collect: Collect;
  gatewayInformation: () => unknown;
  settled: () => void;
};

type Answer = { status: number; body?: unknown; headers: Headers };

const prefix = '/api/v10';
/** Milliseconds by which an answer precedes its events when the settings want it first. */
const responseHeadStart = 10;

/** The request listener of the fake's REST side. */
export function createRestListener(parts: RestParts): (req: IncomingMessage, res: ServerResponse) => void {
  const routes: Route[] = [
    {
      method: 'GET',
      template: '/gateway/bot',
      handle: () => ({ status: 200, body: parts.gatewayInformation() }),
    },
    ...createMessageRoutes,
    ...messageRoutes,
    ...threadRoutes,
    ...channelRoutes,
    ...guildRoutes,
    ...applicationRoutes,
    ...interactionRoutes,
  ];
  return (req, res) => {
    serve(parts, routes, req, res).catch((error: unknown) => {
      parts.ctx.violations.push(`the fake itself failed: ${String(error)}`);
      send(res, { status: 500, body: { message: '500: Internal Server Error', code: 0 }, headers: {} });
    });
  };
}

function send(res: ServerResponse, answer: Answer): void {
  if (res.destroyed || res.writableEnded) return;
  res.writeHead(answer.status, {
    ...(answer.body !== undefined && { 'content-type': 'application/json' }),
    ...answer.headers,
  });
  res.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
}

function serveFile(ctx: Context, url: URL, res: ServerResponse): void {
  const file = isGoodAddress(ctx, url) ? ctx.world.files.get(url.pathname) : undefined;
  res.writeHead(file ? 200 : 404, { 'content-type': file?.contentType ?? 'text/plain' });
  res.end(file ? Buffer.from(file.bytes) : 'This content is no longer available.');
}

async function serve(
  parts: RestParts,
  routes: Route[],
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { ctx } = parts;
  const url = new URL(req.url ?? '/', ctx.origin());
  if (url.pathname.startsWith('/attachments/')) return serveFile(ctx, url, res);
  const method = req.method ?? 'GET';
  const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : url.pathname;
  const found = url.pathname.startsWith(prefix) ? findRoute(routes, method, path) : undefined;
  const match = found === 'wrong-method' ? undefined : found;
  const route = match ? `${method} ${match.route.template}` : `${method} ${path}`;
  const at = ctx.clock.now();
  const bytes = await readBytes(req, ctx.settings.maxRequestBytes);
  const entry: RestCall = {
    at,
    method,
    path,
    query: url.search,
    route,
    body: undefined,
    status: undefined,
    code: undefined,
    retryAfterMs: undefined,
  };
  parts.history.push(entry);
  const body = await readBody(bytes, req.headers['content-type'] ?? '');
  if (!(body instanceof ApiError)) entry.body = body.value;
  const effect = parts.faults.strike({
    method,
    path,
    route,
    body: body instanceof ApiError ? {} : body.json,
  });
  if (effect?.kind === 'delay') await sleep(effect.ms);
  if (effect?.kind === 'reset') {
    res.destroy();
    return parts.settled();
  }
  const authorized = match?.route.open === true || req.headers.authorization === `Bot ${ctx.token}`;
  const missing = found === 'wrong-method' ? refusals.methodNotAllowed() : refusals.notFound();
  const { result, flush, eventFirst } = parts.collect(() =>
    decide(parts, { entry, match, missing, authorized, body, query: url.searchParams, effect }),
  );
  if (eventFirst || effect?.kind.startsWith('accept') === true) flush();
  await answer(parts, entry, result, effect, res);
  if (!eventFirst) await sleep(responseHeadStart);
  flush();
  parts.settled();
}

async function readBody(bytes: Buffer | undefined, contentType: string): Promise<Body | ApiError> {
  if (!bytes) return refusals.tooLarge();
  try {
    return await parseBody(bytes, contentType);
  } catch (error) {
    return error instanceof ApiError ? error : refusals.invalidJson();
  }
}

type Question = {
  entry: RestCall;
  match: Match | undefined;
  missing: ApiError;
  authorized: boolean;
  body: Body | ApiError;
  query: URLSearchParams;
  effect: Effect | undefined;
};

/** The major parameter, by which a bucket is counted: the channel, the guild, or the webhook with its token. */
function majorOf(params: Record<string, string>): string {
  return params['channel'] ?? params['guild'] ?? params['token'] ?? '';
}

function rateLimited(refusal: Refusal, headers: Headers, code?: number, message?: string): Answer {
  const body = {
    message: message ?? 'You are being rate limited.',
    retry_after: refusal.retryAfterMs / 1_000,
    global: refusal.global,
    ...(code !== undefined && { code }),
  };
  return { status: 429, body, headers };
}

/** Everything from limits to the route's own answer, in one synchronous step. */
function decide(parts: RestParts, question: Question): Answer {
  const { ctx } = parts;
  const { match, effect, entry } = question;
  if (ctx.limiter.banned) {
    return { status: 429, body: { message: 'error code: 1015' }, headers: { 'Retry-After': '3600' } };
  }
  const major = majorOf(match?.params ?? {});
  const open = match?.route.open === true;
  const verdict =
    effect?.kind === 'rate-limit'
      ? ctx.limiter.refuseFor(entry.route, major, effect.retryAfterMs, effect.scope ?? 'user')
      : ctx.limiter.take(entry.route, major, open);
  if (verdict.violation) ctx.violations.push(verdict.violation);
  const { headers } = verdict;
  if (verdict.refusal) {
    entry.retryAfterMs = verdict.refusal.retryAfterMs;
    if (verdict.refusal.scope !== 'shared') countInvalid(ctx);
    return rateLimited(verdict.refusal, headers);
  }
  try {
    if (!question.authorized) throw refusals.unauthorized();
    if (!match) throw question.missing;
    if (effect?.kind === 'status') {
      return { status: effect.status, body: effect.body ?? { message: 'scripted', code: 0 }, headers };
    }
    if (effect?.kind === 'error')
      throw new ApiError(effect.status, effect.code, effect.message, effect.errors);
    if (question.body instanceof ApiError) throw question.body;
    const { json, value, files } = question.body;
    const call = { params: match.params, query: question.query, body: json, value, files };
    const reply: Reply = match.route.handle(ctx, call);
    return { ...reply, headers };
  } catch (error) {
    return refused(ctx, entry, error, headers);
  }
}

function refused(ctx: Context, entry: RestCall, error: unknown, headers: Headers): Answer {
  if (error instanceof SublimitError) {
    entry.retryAfterMs = error.retryAfterMs;
    entry.code = error.code;
    if (error.violation) ctx.violations.push(error.violation);
    countInvalid(ctx);
    const told = {
      ...headers,
      'Retry-After': String(Math.ceil(error.retryAfterMs / 1_000)),
      'X-RateLimit-Scope': 'user',
    };
    const refusal: Refusal = { retryAfterMs: error.retryAfterMs, global: false, scope: 'user' };
    return rateLimited(refusal, told, error.code, error.message);
  }
  if (!(error instanceof ApiError)) throw error;
  entry.code = error.code;
  if (error.status === 401 || error.status === 403) countInvalid(ctx);
  return { status: error.status, body: error.body, headers };
}

function countInvalid(ctx: Context): void {
  const before = ctx.limiter.banned;
  ctx.limiter.countInvalid();
  if (!before && ctx.limiter.banned) {
    ctx.violations.push(`banned after ${ctx.limiter.invalidRequests} invalid requests`);
  }
}

async function answer(
  parts: RestParts,
  entry: RestCall,
  result: Answer,
  effect: Effect | undefined,
  res: ServerResponse,
): Promise<void> {
  if (effect?.kind === 'accept-silence') return;
  if (effect?.kind === 'accept-reset') {
    res.destroy();
    return;
  }
  if (effect?.kind === 'accept-late') {
    parts.settled();
    await sleep(effect.ms);
  }
  entry.status = result.status;
  send(res, result);
}
