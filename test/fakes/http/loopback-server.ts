import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface LoopbackServer {
  port: number;
  /** For example `http://127.0.0.1:4711`, without a trailing slash. */
  origin: string;
  /** Destroys every open connection, answered or not, and frees the port. */
  close(): Promise<void>;
}

export interface LoopbackOptions {
  /** 0 takes any free port. */
  port: number;
  onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Listens on 127.0.0.1 only. Rejects when the port is taken. */
export async function startLoopbackServer(options: LoopbackOptions): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  const server = createServer(options.onRequest);
  server.on('upgrade', options.onUpgrade);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A peer that resets its connection is a case under test, not a failure of the fake.
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The loopback server has no port');
  return {
    port: address.port,
    origin: `http://127.0.0.1:${address.port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
