import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, programOf } from './process-identity.ts';
import { StoreSetupError } from './stores.ts';

/** A store of a killed service is ended by its supervisor within 10 s, by force at last; then some slack. */
const GONE_WITHIN_MS = 13_000;
/** How often it is looked whether it is gone. */
const POLL_MS = 50;

/**
 * Waits until the store that wrote the pid file is gone; a pid file of a dead or unrelated process is removed.
 * Rejects with StoreSetupError when the store is still there after 13 s: two on the same files would spoil them.
 */
export async function waitForEarlierRun(
  pidPath: string,
  programs: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const pid = Number.parseInt(await readFile(pidPath, 'utf8').catch(() => ''), 10);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (isAlive(pid) && (await isOneOf(programs, pid))) {
    if (Date.now() > deadline) {
      throw new StoreSetupError(
        `Process ${pid} (${programs[0]}) of an earlier run still uses ${pidPath}; stop it.`,
      );
    }
    await delay(POLL_MS, undefined, { ...(signal && { signal }) });
  }
  await rm(pidPath, { force: true });
}

async function isOneOf(programs: readonly string[], pid: number): Promise<boolean> {
  const program = await programOf(pid);
  return program !== undefined && programs.some((name) => program.includes(name));
}
