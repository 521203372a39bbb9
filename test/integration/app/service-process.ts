import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { COMPILE_CACHE } from '../../fixtures/compile-cache.ts';
import { eventually } from '../../fixtures/eventually.ts';

const CLI = fileURLToPath(new URL('../../../src/app/cli.ts', import.meta.url));

export type Spawned = {
  child: ChildProcess;
  /** What it told people so far. */
  notices(): string;
  /** Its log so far. */
  log(): string;
  /** Resolves with the address of its HTTP server when it is ready. */
  ready(): Promise<string>;
  /** Resolves when what it said, to people or in the log, holds the text. */
  said(text: string): Promise<void>;
  exit: Promise<number | null>;
  /** Ends it with the signal, unless it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
};

/** The command line as a person starts it, in a folder and environment of its own. */
export function spawnThreadrelay(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Spawned {
  const { PATH, HOME, THREADRELAY_CACHE } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { PATH, HOME, THREADRELAY_CACHE, NODE_COMPILE_CACHE: COMPILE_CACHE, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let notices = '';
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (notices += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = (text: string) =>
    eventually(
      () => {
        const isThere = `${notices}${log}`.includes(text);
        if (!isThere && child.exitCode !== null) throw new Error(`it ended: ${notices}${log}`);
        return isThere ? true : null;
      },
      `it says "${text}"`,
      50_000,
    ).then(() => undefined);
  return {
    child,
    notices: () => notices,
    log: () => log,
    said,
    async ready() {
      await said('/metrics');
      return /(http:\S+)\/ok/.exec(notices)?.[1] ?? '';
    },
    exit,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exit;
    },
  };
}

/** Megabytes of the process that are in memory, as the kernel counts them. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}
