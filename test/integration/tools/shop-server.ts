import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLoopbackServer } from '../../fakes/http/loopback-server.ts';
import { readBody } from '../../fakes/http/read-body.ts';

export type ShopRequest = {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
};

export type ShopServer = {
  /** As `http://127.0.0.1:4711`. */
  origin: string;
  port: number;
  requests: ShopRequest[];
  /** Where the order `moved` redirects from now on. */
  sendsTo(url: string): void;
  close(): Promise<void>;
};

const MEGABYTE = 1024 * 1024;

/** A shop on loopback; the number of an order says how it answers. */
export async function startShopServer(): Promise<ShopServer> {
  const requests: ShopRequest[] = [];
  let elsewhere = '';

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers, body: await readBody(request) });
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const order = /^\/orders\/([^/?]+)/.exec(url)?.[1];
    switch (order) {
      case 'fails':
        return void json(500, { error: 'the database is away', you_sent: headers.authorization });
      case 'echo':
        return void json(200, { headers });
      case 'large':
        return void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end('x'.repeat(2 * MEGABYTE));
      case 'endless':
        return pour(response);
      case 'silent':
        return;
      case 'drips':
        return void response.writeHead(200, { 'content-type': 'text/plain' }).write('a');
      case 'moved':
        return void response.writeHead(302, { location: elsewhere }).end();
      case 'page':
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Log in first</p>');
      case 'broken':
        return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"state": ');
      case 'cut':
        return void response.destroy();
      default:
        return void json(200, { order, state: 'sent' });
    }
  }

  const server = await startLoopbackServer({
    port: 0,
    onRequest: (request, response) => void answer(request, response).catch(() => response.destroy()),
    onUpgrade: (_request, socket) => socket.destroy(),
  });
  return {
    origin: server.origin,
    port: server.port,
    requests,
    sendsTo: (url) => void (elsewhere = url),
    close: () => server.close(),
  };
}

/** Writes as fast as it is read, for ever. */
function pour(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
