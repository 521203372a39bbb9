import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { storeEnvironment } from './judge-binary.ts';

/** A store's process under its supervisor. */
export interface SupervisedProcess {
  /** Settles with the exit code when the store has ended, for whatever reason; never rejects. */
  readonly ended: Promise<number | null>;
  /** Ends the store, by force after 10 s; resolves when it is gone. */
  stop(): Promise<void>;
  /** The last lines of its log. */
  lastLog(): Promise<string>;
}

/** Characters of a store's log that are shown when it ends: its last lines say why. */
const SHOWN_LOG = 2_000;

/** The supervisor uses force after 10 s; should it be stuck itself, its whole group is killed after this. */
const FORCE_AFTER_MS = 13_000;

const script = fileURLToPath(new URL('supervisor.sh', import.meta.url));

/**
 * Starts a store that lives no longer than this process, even if this process is killed. Its output goes to
 * `logPath`, which starts anew. It has a session of its own, so that Ctrl+C reaches the service alone, which
 * then stops its stores last.
 */
export function supervise(
  file: string,
  args: readonly string[],
  options: { readonly logPath: string; readonly searchPath: string },
): SupervisedProcess {
  const log = openSync(options.logPath, 'w');
  const child = spawn('/bin/sh', [script, file, ...args], {
    detached: true,
    stdio: ['pipe', log, log],
    env: storeEnvironment(options.searchPath),
  });
  closeSync(log);
  const lifeline = child.stdin;
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => resolve(code));
    child.on('error', () => resolve(null));
  });
  // Writing to a supervisor that has ended is no fault.
  lifeline?.on('error', () => {});
  // Neither the process nor its pipe may keep a service alive that has nothing else to do.
  child.unref();
  return {
    ended,
    async stop() {
      child.ref();
      lifeline?.end();
      const force = setTimeout(() => killGroup(child.pid), FORCE_AFTER_MS);
      await ended.finally(() => clearTimeout(force));
    },
    lastLog: async () => {
      const text = await readFile(options.logPath, 'utf8').catch(() => '');
      return text.trim().split('\n').slice(-5).join('\n').slice(-SHOWN_LOG);
    },
  };
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // The group has ended meanwhile.
  }
}
