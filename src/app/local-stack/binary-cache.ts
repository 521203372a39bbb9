import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/** The fetched binaries of a user. Entries are whole or absent: they appear by one rename. */
export interface CacheEntry {
  readonly cacheDir: string;
  /** Folder of the entry; names what it is, its version and platform. */
  readonly name: string;
  /** File name of the binary in that folder. */
  readonly executable: string;
}

/** The cache folder when `THREADRELAY_CACHE` names none: `~/.cache/threadrelay`. */
export function defaultCacheDir(home: string): string {
  return join(home, '.cache', 'threadrelay');
}

/** Path of the entry's binary, whether or not it is there. */
export function cachedPath(entry: CacheEntry): string {
  return join(entry.cacheDir, entry.name, entry.executable);
}

/** True when the entry is there. */
export function isCached(entry: CacheEntry): boolean {
  return existsSync(cachedPath(entry));
}

/** A lock not touched for this long belongs to a process that is gone, in milliseconds. */
const LOCK_STALE_MS = 5_000;
/** How often a waiting process asks again, and for how long: a slow line may take minutes for 45 MB. */
const LOCK_RETRIES = { retries: 1800, factor: 1, minTimeout: 200, maxTimeout: 500 };
/** Leavings of killed fetches older than this are removed, in milliseconds. */
const LEAVINGS_AGE_MS = 3_600_000;

/**
 * Makes the entry by `fetchInto` unless it is there, and resolves with the path of its binary. `fetchInto`
 * works in an empty folder of its own and resolves with the path of the checked binary. Of several
 * processes one fetches, the others wait for it and take its result. Rejects with what `fetchInto` rejects with.
 */
export async function installOnce(
  entry: CacheEntry,
  fetchInto: (folder: string) => Promise<string>,
): Promise<string> {
  const path = cachedPath(entry);
  if (isCached(entry)) return path;
  await mkdir(entry.cacheDir, { recursive: true });
  const release = await lock(join(entry.cacheDir, entry.name), {
    realpath: false,
    stale: LOCK_STALE_MS,
    retries: LOCK_RETRIES,
    // A lock lost by a sleeping machine costs a second fetch at most, since entries appear by a rename.
    onCompromised: () => {},
  });
  const work = join(entry.cacheDir, `.fetch-${randomUUID()}`);
  try {
    if (isCached(entry)) return path;
    await removeLeavings(entry.cacheDir);
    const raw = join(work, 'raw');
    const ready = join(work, 'ready');
    await mkdir(raw, { recursive: true });
    await mkdir(ready);
    const binary = await fetchInto(raw);
    await chmod(binary, 0o755);
    await rename(binary, join(ready, entry.executable));
    await rename(ready, join(entry.cacheDir, entry.name)).catch((error: unknown) => {
      if (!isCached(entry)) throw error;
    });
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
    await release().catch(() => {});
  }
}

async function removeLeavings(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith('.fetch-')) continue;
    const path = join(cacheDir, name);
    const info = await stat(path).catch(() => undefined);
    if (info && Date.now() - info.mtimeMs > LEAVINGS_AGE_MS) await rm(path, { recursive: true, force: true });
  }
}
