import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { ThreadrelayError } from '../../core/errors.ts';

export type HttpServerOptions = {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Names what is not ready, or nothing when all is. */
  notReady: () => Promise<string[]>;
  metrics: () => Promise<{ contentType: string; body: string }>;
  /** Told of what a route threw; the asker is not. */
  onError?: (error: unknown) => void;
  /** Slack's events in HTTP mode; null when Slack is off or on a socket. */
  slackEvents: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
};

export type HttpServer = { url: string; close(): Promise<void> };

/** The service's HTTP door. @throws ThreadrelayError `invalid_configuration` when the address cannot be taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = Fastify({
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
    forceCloseConnections: true,
  });
  // Fastify's own answer would repeat the error's text.
  server.setErrorHandler((error, _request, reply) => {
    options.onError?.(error);
    return reply
      .code(500)
      .send({ error: { code: 'internal', message: 'Something went wrong on our side.' } });
  });
  server.get('/ok', async () => ({ ok: true }));
  server.get('/ready', async (_request, reply) => {
    const missing = await options.notReady();
    return missing.length === 0
      ? { ready: true }
      : reply.code(503).send({ ready: false, waiting_for: missing });
  });
  server.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await options.metrics();
    return reply.header('content-type', contentType).send(body);
  });
  if (options.slackEvents !== null) await server.register(slackRoute(options.slackEvents));
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
    scope.post('/slack/events', async (request, reply) => {
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
