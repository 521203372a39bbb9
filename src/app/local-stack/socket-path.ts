import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Longest path of a unix socket: 104 bytes with its end on macOS, 108 on Linux. */
const LONGEST_SOCKET_PATH = 103;

/**
 * The socket's path: in the data folder, or where that is too long, in a folder of the temporary folder named
 * by the data folder and the user, so that the same data always has the same socket.
 */
export function socketPath(dataDir: string, name: string, temporaryDir: string, user: number): string {
  const near = join(dataDir, name);
  if (Buffer.byteLength(near) <= LONGEST_SOCKET_PATH) return near;
  const mark = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  return join(temporaryDir, `threadrelay-${user}-${mark}`, name);
}

/** Makes the socket's folder and tells whether a socket can be bound there; some mounts have none. */
export async function canBind(path: string): Promise<boolean> {
  const probe = path.replace(/\.sock$/, '.try');
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await rm(probe, { force: true });
    await new Promise<void>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(probe, () => server.close(() => resolve()));
    });
    return true;
  } catch {
    return false;
  }
}
