import { request } from 'node:http';
import { type LoopbackServer, startLoopbackServer } from '../../fakes/http/loopback-server.ts';

/** A reverse proxy that serves the API under a path, and cuts the first stream of events after its first bytes. */
export async function startPrefixProxy(
  target: string,
  prefix: string,
): Promise<LoopbackServer & { url: string; hasCut: () => boolean }> {
  let hasCut = false;
  const server = await startLoopbackServer({
    port: 0,
    onUpgrade: (_, socket) => socket.destroy(),
    onRequest(asked, response) {
      const { method, headers, url = '' } = asked;
      if (!url.startsWith(prefix)) {
        response.writeHead(421).end();
        return;
      }
      const passed = request(`${target}${url.slice(prefix.length)}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        const cuts = !hasCut && answer.headers['content-type'] === 'text/event-stream';
        hasCut ||= cuts;
        answer.on('data', (bytes: Buffer) => response.write(bytes, () => cuts && response.destroy()));
        answer.on('end', () => response.end());
      });
      passed.on('error', () => response.destroy());
      response.on('close', () => passed.destroy());
      asked.pipe(passed);
    },
  });
  return { ...server, url: `${server.origin}${prefix}`, hasCut: () => hasCut };
}
