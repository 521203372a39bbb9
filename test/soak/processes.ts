import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Role } from './plan.ts';

/** A process of the service that is started again whenever it ends, as an orchestrator does. */
export type KeptProcess = {
  readonly role: Role;
  /** Starts so far, the first included. */
  starts(): number;
  /** Null while it starts or is away. */
  url(): string | null;
  /** SIGKILL; comes back after `awayMs`. */
  kill(awayMs: number): void;
  /** SIGSTOP, and SIGCONT after `ms`. */
  freeze(ms: number): Promise<void>;
  /** SIGTERM; it does not come back. */
  close(): Promise<void>;
};

/** A start that fails because a store is away is tried again after this. */
const RESTART_MS = 500;

const IS_LOGGED = process.env['TEST_LOG'] !== undefined;

const CLI = fileURLToPath(new URL('../../src/app/cli.ts', import.meta.url));

/** Runs `threadrelay <role>` as a person does, in a process of its own, again and again until it is closed. */
export function keepProcess(
  role: Role,
  { folder, environment }: { folder: string; environment: Record<string, string> },
): KeptProcess {
  let current: ChildProcess | null = null;
  let url: string | null = null;
  let starts = 0;
  let awayMs = RESTART_MS;
  let isClosing = false;
  // Whatever ends the soak, nothing of it goes on.
  const killNow = () => void current?.kill('SIGKILL');
  process.on('exit', killNow);

  async function keep(): Promise<void> {
    while (!isClosing) {
      const child = spawn(process.execPath, [CLI, role], {
        cwd: folder,
        env: environment,
        stdio: ['ignore', IS_LOGGED ? 2 : 'ignore', 'pipe'],
      });
      current = child;
      starts += 1;
      awayMs = RESTART_MS;
      const ended = once(child, 'exit');
      if (child.stderr === null) throw new Error('the process has no stderr');
      createInterface(child.stderr).on('line', (line) => {
        if (IS_LOGGED) process.stderr.write(`${role} ${line}\n`);
        url = /Health and metrics: (\S+)\/ok/.exec(line)?.[1] ?? url;
      });
      await ended;
      [url, current] = [null, null];
      if (!isClosing) await pause(awayMs);
    }
  }
  const kept = keep();

  return {
    role,
    starts: () => starts,
    url: () => url,
    kill(ms) {
      awayMs = ms;
      killNow();
    },
    async freeze(ms) {
      const frozen = current;
      if (frozen?.kill('SIGSTOP') !== true) return;
      await pause(ms);
      frozen.kill('SIGCONT');
    },
    async close() {
      isClosing = true;
      current?.kill('SIGCONT');
      current?.kill('SIGTERM');
      await kept;
      process.off('exit', killNow);
    },
  };
}
