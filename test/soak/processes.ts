import { setTimeout as pause } from 'node:timers/promises';
import type { Timings } from '../../src/core/timings.ts';
import { spawnWorker, type WorkerProcess } from '../faults/spawn-worker.ts';
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

export function keepProcess(options: {
  role: Role;
  environment: Record<string, string>;
  config: string;
  timings: Timings;
}): KeptProcess {
  const { role, ...rest } = options;
  let current: WorkerProcess | null = null;
  let url: string | null = null;
  let starts = 0;
  let awayMs = RESTART_MS;
  let isClosing = false;

  async function keep(): Promise<void> {
    while (!isClosing) {
      const running = spawnWorker({ ...rest, roles: [role] });
      current = running;
      starts += 1;
      awayMs = RESTART_MS;
      running.ready.then(
        (address) => {
          if (current === running) url = address;
        },
        () => {},
      );
      await running.ended;
      url = null;
      current = null;
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
      void current?.kill();
    },
    async freeze(ms) {
      const frozen = current;
      if (frozen === null || !signal(frozen.pid, 'SIGSTOP')) return;
      await pause(ms);
      signal(frozen.pid, 'SIGCONT');
    },
    async close() {
      isClosing = true;
      if (current !== null) {
        signal(current.pid, 'SIGCONT');
        await current.stop();
      }
      await kept;
    },
  };
}

/** False when the process has ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
