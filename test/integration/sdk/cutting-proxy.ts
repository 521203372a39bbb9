import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** How a connection is cut: closed in the midst of an answer, or reset. */
export type Cut = { afterBytes: number; by: 'close' | 'reset' };

export type CuttingProxy = {
  url: string;
  /** Cuts that were made. */
  cuts(): number;
  close(): Promise<void>;
};

/** Begins the body of a stream of events; all that comes before it is its head. */
const HEAD = /content-type: text\/event-stream[^]*?\r\n\r\n/i;

/**
 * A TCP proxy before the API that cuts connections in the midst of streams: each stream that comes through it takes the
 * next of `plan`, and loses its connection when so many bytes of its body have passed. What is not a stream passes whole.
 */
export async function startCuttingProxy(target: string, plan: readonly Cut[]): Promise<CuttingProxy> {
  const { port: targetPort } = new URL(target);
  const left = plan.values();
  const sockets = new Set<Socket>();
  let made = 0;

  const server = createServer((client) => {
    const upstream = connect(Number(targetPort), '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
    }
    client.on('data', (bytes) => upstream.write(bytes));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());

    let head = '';
    let cut: Cut | null = null;
    let passed = 0;
    upstream.on('data', (bytes: Buffer) => {
      let bodyAt = 0;
      if (cut === null) {
        const before = head.length;
        head += bytes.toString('latin1');
        const found = HEAD.exec(head);
        if (found !== null) {
          cut = left.next().value ?? { afterBytes: Number.POSITIVE_INFINITY, by: 'close' };
          bodyAt = found.index + found[0].length - before;
          head = '';
        }
      }
      const cutAt = cut === null ? bytes.length : bodyAt + cut.afterBytes - passed;
      if (cut === null || cutAt > bytes.length) {
        if (cut !== null) passed += bytes.length - bodyAt;
        client.write(bytes);
        return;
      }
      made += 1;
      upstream.removeAllListeners('data');
      upstream.destroy();
      const { by } = cut;
      client.write(bytes.subarray(0, cutAt), () => {
        if (by === 'reset') client.resetAndDestroy();
        else client.destroy();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    cuts: () => made,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
