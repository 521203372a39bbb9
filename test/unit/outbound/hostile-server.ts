import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';

const MB = 1024 * 1024;

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** Writes as fast as it is read, for ever. */
function pour(response: ServerResponse, chunk: Buffer): void {
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

const ANSWERS: Record<string, Answer> = {
  '/loop': (_request, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/told-too-large': (_request, response) =>
    response.writeHead(200, { 'content-length': 10 * MB + 1 }).write('x'),
  '/endless': (_request, response) => pour(response.writeHead(200), Buffer.alloc(64 * 1024)),
  '/bomb': (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(200 * MB))),
  '/bomb-in-a-bomb': (_request, response) =>
    response
      .writeHead(200, { 'content-encoding': 'gzip, gzip' })
      .end(gzipSync(gzipSync(Buffer.alloc(50 * MB)))),
  // Empty blocks of deflate unpack to nothing.
  '/empty-blocks': (_request, response) =>
    pour(
      response.writeHead(200, { 'content-encoding': 'deflate' }),
      Buffer.alloc(64 * 1024, '\0\0\0\xff\xff', 'latin1'),
    ),
  '/silent': () => {},
  '/drip': (_request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/hints': (_request, response) => {
    const timer = setInterval(() => response.writeProcessing(), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/cut': (request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('x', () => request.socket.destroy());
  },
};

export type HostileServer = {
  port: number;
  /** Headers of each request that came. */
  requests: IncomingMessage['headers'][];
  /** Connections that were made, with a request or without. */
  connections(): number;
  close(): Promise<void>;
};

/** A server on loopback that answers as an attacker's would. */
export async function startHostileServer(): Promise<HostileServer> {
  const requests: IncomingMessage['headers'][] = [];
  let connections = 0;
  const server: Server = createServer((request, response) => {
    requests.push(request.headers);
    const url = new URL(request.url ?? '/', 'http://hostile');
    const status = Number(url.pathname.slice(1));
    const to = url.searchParams.get('to');
    if (to !== null) response.writeHead(status, { location: to }).end();
    else (ANSWERS[url.pathname] ?? ((_request, other) => other.end('hello')))(request, response, url);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    requests,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
