import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Role } from '../../src/app/service.ts';
import type { CrashPoint } from '../../src/core/crash-points.ts';
import type { Timings } from '../../src/core/timings.ts';

export type WorkerProcessOptions = {
  /** MONGODB_URI, REDIS_URL, REDIS_PREFIX and tokens: `environment` of a relay service. */
  environment: Record<string, string>;
  /** The text of a threadrelay.yaml. */
  config: string;
  /** All unless given. */
  roles?: readonly Role[];
  /** Kills (or freezes) itself at this point, the `nth` time it is reached; the first unless given. */
  crashAt?: CrashPoint | undefined;
  nth?: number;
  /** Those who reach the point before the `nth` wait there and are killed with it. */
  hold?: boolean;
  signal?: 'SIGKILL' | 'SIGSTOP';
  /** Over QUICK. */
  timings?: Partial<Timings>;
};

export type WorkerProcess = {
  readonly pid: number;
  /** Resolves when the service is up; rejects when it ends before. */
  ready: Promise<void>;
  /** Resolves when the process is gone, with the signal that killed it or its exit code. */
  ended: Promise<NodeJS.Signals | number>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has drained and gone. */
  stop(): Promise<NodeJS.Signals | number>;
  /** After a SIGSTOP. */
  resume(): void;
};

/** Starts the service in a process of its own. The test that starts it kills or stops it. */
export function spawnWorker(options: WorkerProcessOptions): WorkerProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('worker-process.ts', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        TEST_LOG: process.env['TEST_LOG'],
        ...options.environment,
        CONFIG: options.config,
        ...(options.roles === undefined ? {} : { ROLES: options.roles.join() }),
        ...(options.crashAt === undefined ? {} : { CRASH_AT: options.crashAt }),
        CRASH_NTH: String(options.nth ?? 1),
        CRASH_HOLD: options.hold === true ? '1' : '0',
        CRASH_SIGNAL: options.signal ?? 'SIGKILL',
        TIMINGS: JSON.stringify(options.timings ?? {}),
      },
    },
  );
  if (child.stdout === null || child.pid === undefined) throw new Error('the worker process did not start');
  const ended = once(child, 'exit').then(
    ([code, signal]): NodeJS.Signals | number => (signal as NodeJS.Signals | null) ?? Number(code),
  );
  const lines = createInterface(child.stdout);
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line === 'ready') resolve();
    });
    void ended.then((how) => reject(new Error(`the worker process ended before it was up: ${how}`)));
  });
  // Whoever waits for it hears of it; a test that only waits for the end does not.
  ready.catch(() => undefined);
  return {
    pid: child.pid,
    ready,
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
    resume() {
      child.kill('SIGCONT');
    },
  };
}
