import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../../src/app/local-stack/process-identity.ts';

/** Runs a TypeScript file of this folder in a process of its own; its first line of output is JSON. */
export function runScript(name: string, args: readonly string[]) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const firstLine = once(createInterface(child.stdout), 'line').then(([line]): unknown => JSON.parse(line));
  return { child, firstLine };
}

/** Kills a process that a test started and waits for its end. */
export async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Polls until the condition holds; throws when it does not by the deadline. */
export async function until(condition: () => boolean, withinMs: number, what: string): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(25);
  }
}

/** A service with stores of its own, in a process that a test may kill. */
export function runService(cacheDir: string, dataDir: string) {
  const { child, firstLine } = runScript('service-process.ts', [
    cacheDir,
    dataDir,
    process.env['PATH'] ?? '',
  ]);
  const pids = firstLine.then(pidsIn);
  // Whoever waits for them hears of it.
  pids.catch(() => undefined);
  return {
    child,
    /** Of its MongoDB and its Redis, once both are up. */
    pids,
    /** Kills it; resolves when its stores, which go on writing for a moment, have ended too. */
    async end() {
      await killHard(child);
      const stores = await pids.catch(() => []);
      await until(() => !stores.some(isAlive), 15_000, 'the stores end');
    },
  };
}

function pidsIn(line: unknown): number[] {
  const { pids } = line as { pids?: number[] };
  if (pids?.length !== 2) throw new Error(`the service did not start: ${JSON.stringify(line)}`);
  return pids;
}
