import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ApiError, toErrorAnswer } from './errors.ts';

/** Every refusal and every fault leaves the server in the one shape; faults of ours are told to `onError` alone. */
export function answerErrors(server: FastifyInstance, onError: (error: unknown) => void): void {
  server.setErrorHandler((error, _request, reply) => {
    if (toErrorAnswer(error).status >= 500) onError(error);
    return sendError(reply, error);
  });
  server.setNotFoundHandler((request, reply) =>
    sendError(
      reply,
      new ApiError('not_found', `There is nothing at ${request.method} ${pathOf(request.url)}.`),
    ),
  );
  answerForNode(server);
}

/** What Node would answer itself, without a word, is answered as all else. */
function answerForNode(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ raw }) => {
    if (raw.headers.host !== undefined || raw.httpVersion !== '1.1') return;
    throw new ApiError(
      'malformed_request',
      'The request does not say to which host it goes. Send a "Host" header.',
    );
  });
  // An expectation that is not known is ignored, as most servers do.
  server.server.on('checkExpectation', (request, response) =>
    server.server.emit('request', request, response),
  );
}

export function sendError(reply: FastifyReply, thrown: unknown): FastifyReply {
  const { status, retryAfterMs, body } = toErrorAnswer(thrown);
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** What is no HTTP has no request to answer to; the connection is told and closed. */
export function refuseBadRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { body } = toErrorAnswer(
    new ApiError('malformed_request', 'This is no request of HTTP that can be read.'),
  );
  const text = JSON.stringify(body);
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
  }
  socket.destroy(error);
}
