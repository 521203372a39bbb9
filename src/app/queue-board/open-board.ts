import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import helmet from '@fastify/helmet';
import type { Queue } from 'bullmq';
import Fastify, { type FastifyInstance } from 'fastify';

/** Its page holds one style of its own; a font that it would fetch from elsewhere is refused. */
const CONTENT_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/**
 * Bull Board on these queues under `path`, as a server that does not listen. Nothing can be changed by it: what is to be
 * done stands in MongoDB, and a ring that is removed or repeated by hand would only be made anew or do nothing.
 */
export async function openBoard(queues: readonly Queue[], path: string): Promise<FastifyInstance> {
  const board = new FastifyAdapter();
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: board,
    options: { uiConfig: { boardTitle: 'threadrelay' } },
  });
  const server = Fastify({ logger: false, routerOptions: { ignoreTrailingSlash: true } });
  await server.register(helmet, { contentSecurityPolicy: CONTENT_POLICY });
  await server.register(board.registerPlugin(), { prefix: path });
  await server.ready();
  return server;
}
