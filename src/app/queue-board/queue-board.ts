import type { Queue } from 'bullmq';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createGate, secretOf } from '../../adapters/http/auth.ts';
import { toErrorAnswer } from '../../adapters/http/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { ApiKeyStore } from '../../core/ports.ts';

const PATH = '/admin/queues';

/**
 * The page `/admin/queues`: what waits in Redis, for whoever has a key with the scope `admin`; a browser asks for it as a
 * password. Its libraries are large and seldom used, so they are loaded with the first visit.
 */
export function queueBoard(parts: {
  queues: readonly Queue[];
  keys: ApiKeyStore;
  clock: Clock;
  logger: Logger;
}): (scope: FastifyInstance) => Promise<void> {
  const gate = createGate(parts);
  let opening: Promise<FastifyInstance> | null = null;

  async function open(): Promise<FastifyInstance> {
    try {
      const { openBoard } = await import('./open-board.ts');
      return await openBoard(parts.queues, PATH);
    } catch (thrown) {
      opening = null;
      throw thrown;
    }
  }

  return async (scope) => {
    scope.setErrorHandler((error, _request, reply) => refuse(reply, error, parts.logger));
    scope.addHook('onRequest', async (request) => {
      await gate.admit(secretOf(request) ?? passwordOf(request), 'admin');
    });
    scope.addHook('onClose', async () => (await opening)?.close());
    for (const url of [PATH, `${PATH}/*`]) {
      scope.get(url, { schema: { hide: true } }, async (request, reply) => {
        const board = await (opening ??= open());
        reply.hijack();
        board.routing(request.raw, reply.raw);
      });
    }
  };
}

function refuse(reply: FastifyReply, error: unknown, logger: Logger): FastifyReply {
  const { status, body } = toErrorAnswer(error);
  if (status >= 500) logger.error({ err: error }, 'a request failed');
  if (status === 401) reply.header('www-authenticate', 'Basic realm="threadrelay", charset="UTF-8"');
  return reply.code(status).send(body);
}

/** The password of HTTP's Basic authentication, under whatever name; null without one. */
function passwordOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const encoded = /^Basic +([\w+/=-]+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString();
  return text.slice(text.indexOf(':') + 1) || null;
}
