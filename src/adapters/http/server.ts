import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { ThreadrelayError } from '../../core/errors.ts';
import { createApi } from './api.ts';
import type { ApiParts } from './api-parts.ts';
import { answerErrors, refuseBadRequest, sendError } from './answer-errors.ts';
import { NO_COMPILERS, useSchemas } from './compilers.ts';
import { describeRoutes } from './openapi/document.ts';
import { parseQuery } from './parse-query.ts';
import { type HealthParts, healthRoutes } from './routes/health.ts';

export type HttpServerOptions = HealthParts & {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Told of what a route threw; the asker is not. */
  onError?: (error: unknown) => void;
  /** Told of each route, before it is served. */
  onRoute?: ((route: RouteOptions) => void) | undefined;
  /** Slack's events in HTTP mode; null when Slack is off or on a socket. */
  slackEvents: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  /** Threads and runs for programs; null where this process does not serve them. */
  api?: ApiParts | null;
  /** Further pages, which guard themselves. */
  pages?: readonly ((scope: FastifyInstance) => Promise<void>)[];
};

export type HttpServer = { url: string; close(): Promise<void> };

/** 1 MiB, as the contract of the API says: a long conversation fits, a file does not. */
const LARGEST_BODY = 1024 * 1024;
/** The longest id of a client, with each of its characters percent-encoded. */
const LONGEST_PATH_PART = 600;

/** The service's HTTP door. @throws ThreadrelayError `invalid_configuration` when the address cannot be taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { onError = () => {}, api = null } = options;
  const server = Fastify({
    logger: false,
    routerOptions: {
      ignoreTrailingSlash: true,
      maxParamLength: LONGEST_PATH_PART,
      querystringParser: parseQuery,
    },
    exposeHeadRoutes: false,
    bodyLimit: LARGEST_BODY,
    schemaController: NO_COMPILERS,
    // Asked for by `answerErrors`, which says so.
    http: { requireHostHeader: false },
    forceCloseConnections: true,
    frameworkErrors: (error, _request, reply) => {
      sendError(reply, error);
    },
    clientErrorHandler: refuseBadRequest,
  });
  if (options.onRoute !== undefined) server.addHook('onRoute', options.onRoute);
  answerErrors(server, onError);
  useSchemas(server);
  await server.register(helmet, {
    // What runs on other names of this host is not ours to decide.
    strictTransportSecurity: { includeSubDomains: false },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  if (api !== null) await describeRoutes(server, api.version);
  await server.register(healthRoutes(options));
  if (options.slackEvents !== null) await server.register(slackRoute(options.slackEvents));
  if (api !== null) await server.register(createApi(api));
  for (const page of options.pages ?? []) await server.register(page);
  try {
    const url = await server.listen({ host: options.host, port: options.port });
    return { url, close: () => server.close() };
  } catch (thrown) {
    await server.close();
    throw addressError(thrown, options);
  }
}

function slackRoute(handle: NonNullable<HttpServerOptions['slackEvents']>) {
  return async (scope: FastifyInstance) => {
    // Slack signs the bytes of the body, so nothing may read them before the signature is checked.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    scope.post('/slack/events', { schema: { hide: true } }, async (request, reply) => {
      reply.hijack();
      await handle(request.raw, reply.raw);
    });
  };
}

function addressError(thrown: unknown, { host, port }: HttpServerOptions): ThreadrelayError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const why =
    code === 'EADDRINUSE'
      ? `another program listens on port ${port}. Stop it, or set PORT to another number`
      : code === 'EACCES'
        ? `this user may not listen on port ${port}. Set PORT to a number above 1023`
        : `${host} is no address of this machine. Set HOST to 127.0.0.1 or another address of its own`;
  return new ThreadrelayError('invalid_configuration', `The HTTP server cannot start: ${why}.`, {
    cause: thrown,
  });
}
