import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A line every two seconds tells a person that a download goes on. */
const EVERY_MS = 2_000;

/** Tells how many megabytes the folder holds, every two seconds until it is ended; silent while nothing grows. */
export function watchFolder(
  folder: string,
  tell: (megabytes: number) => void,
  everyMs = EVERY_MS,
): () => void {
  let last = 0;
  const timer = setInterval(() => {
    void bytesIn(folder).then((bytes) => {
      const megabytes = Math.round(bytes / 1e6);
      if (megabytes > last) tell(megabytes);
      last = Math.max(last, megabytes);
    });
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
