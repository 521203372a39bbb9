import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { canBind, socketPath } from './socket-path.ts';
import { StoreSetupError, type Transport } from './stores.ts';

/** Where a store that is started here listens. */
export type Address =
  | { readonly transport: 'socket'; readonly path: string }
  | { readonly transport: 'loopback'; readonly host: '127.0.0.1'; readonly port: number };

/** Chooses the address: the wanted transport, else a unix socket where one can be bound, else loopback. */
export async function chooseAddress(
  dataDir: string,
  name: string,
  wanted: Transport | undefined,
): Promise<Address> {
  if (wanted !== 'loopback') {
    const path = socketPath(dataDir, name, tmpdir(), process.getuid?.() ?? 0);
    if (await canBind(path)) return { transport: 'socket', path };
    if (wanted === 'socket') throw new StoreSetupError(`No unix socket can be made at ${path}.`);
  }
  return { transport: 'loopback', host: '127.0.0.1', port: await freePort() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new StoreSetupError('The system gave no free port.'));
      });
    });
  });
}
