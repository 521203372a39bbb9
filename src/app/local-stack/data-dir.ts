import { constants } from 'node:fs';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lock } from 'proper-lockfile';
import { isAlive, startMark } from './process-identity.ts';
import { StoreSetupError } from './stores.ts';

/** A lock not touched for this long belongs to a process that is gone. */
const LOCK_STALE_MS = 5_000;
/** The lock is held for a moment only; waiting for up to ten seconds outlives one that went stale. */
const LOCK_RETRIES = { retries: 100, factor: 1, minTimeout: 50, maxTimeout: 100 };

/** A data folder that this process alone uses until it is released. */
export interface HeldDataDir {
  readonly path: string;
  release(): Promise<void>;
}

/** Folders held by this very process, whose own id in an owner file else says nothing. */
const heldHere = new Set<string>();

/**
 * Makes the folder if need be and takes it for this process. An owner that has died is passed over at once.
 * Rejects with StoreSetupError when the folder cannot be written or another live process holds it.
 */
export async function holdDataDir(dataDir: string): Promise<HeldDataDir> {
  const path = resolve(dataDir);
  await expectWritable(path);
  const ownerPath = join(path, 'owner.json');
  // Held for a moment only, so that two starts cannot both pass over one dead owner.
  const release = await lock(path, {
    lockfilePath: join(path, 'owner.lock'),
    stale: LOCK_STALE_MS,
    retries: LOCK_RETRIES,
  });
  try {
    const owner = await liveOwner(ownerPath, path);
    if (owner !== undefined) {
      throw new StoreSetupError(
        `The data folder ${path} is in use by process ${owner}. Stop that one, give this one a folder of its own, ` +
          'or let both share stores by MONGODB_URI and REDIS_URL.',
      );
    }
    await writeFile(ownerPath, JSON.stringify({ pid: process.pid, mark: await startMark(process.pid) }));
    heldHere.add(path);
  } finally {
    await release();
  }
  return {
    path,
    async release() {
      heldHere.delete(path);
      await rm(ownerPath, { force: true });
    },
  };
}

/** The process id of the live service that holds the folder; undefined when none does. Changes nothing. */
export function ownerOf(dataDir: string): Promise<number | undefined> {
  const path = resolve(dataDir);
  return liveOwner(join(path, 'owner.json'), path);
}

async function liveOwner(ownerPath: string, path: string): Promise<number | undefined> {
  const owner = parseOwner(await readFile(ownerPath, 'utf8').catch(() => ''));
  if (owner === undefined) return undefined;
  if (owner.pid === process.pid) return heldHere.has(path) ? owner.pid : undefined;
  if (!isAlive(owner.pid)) return undefined;
  const mark = await startMark(owner.pid);
  const another = mark !== undefined && owner.mark !== undefined && mark !== owner.mark;
  return another ? undefined : owner.pid;
}

function parseOwner(text: string): { pid: number; mark: string | undefined } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined;
    if (typeof value.pid !== 'number') return undefined;
    const mark = 'mark' in value && typeof value.mark === 'string' ? value.mark : undefined;
    return { pid: value.pid, mark };
  } catch {
    return undefined;
  }
}

async function expectWritable(path: string): Promise<void> {
  try {
    for (const folder of [path, join(path, 'mongodb'), join(path, 'redis')]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await access(folder, constants.W_OK | constants.X_OK);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new StoreSetupError(
      `The data folder ${path} cannot be written (${code}). Make it writable (chmod u+rwx), name another folder, ` +
        'or set MONGODB_URI and REDIS_URL so that no local data is needed.',
    );
  }
}
