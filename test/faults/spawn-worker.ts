import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Role } from '../../src/app/service.ts';
import type { CrashPoint } from '../../src/core/crash-points.ts';
import type { Timings } from '../../src/core/timings.ts';
import { COMPILE_CACHE } from '../fixtures/compile-cache.ts';

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
  /** Those who reach the point before the `nth` wait there: to be killed with it, or to go on when it is resumed. */
  hold?: boolean;
  signal?: 'SIGKILL' | 'SIGSTOP';
  /** Over QUICK. */
  timings?: Partial<Timings>;
  /** Every run takes the workflow of poisonous-workflow.ts. */
  poisonous?: boolean;
};

export type WorkerProcess = {
  readonly pid: number;
  /** Resolves with the address of its HTTP server when the service is up; rejects when it ends before. */
  ready: Promise<string>;
  /** Resolves when it is about to strike at `crashAt`; never without. */
  struck: Promise<void>;
  /** Resolves when the process is gone, with the signal that killed it or its exit code. */
  ended: Promise<NodeJS.Signals | number>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has drained and gone. */
  stop(): Promise<NodeJS.Signals | number>;
  /** After a SIGSTOP. */
  resume(): void;
};

/** A process that has loaded the service and waits for its order. */
export type WarmProcess = {
  start(options: WorkerProcessOptions): WorkerProcess;
  kill(): Promise<void>;
};

/** Starts the service in a process of its own. The test that starts it kills or stops it. */
export function spawnWorker(options: WorkerProcessOptions): WorkerProcess {
  return warmUp().start(options);
}

/** Starts a process that is up soon after its order comes. Whoever starts it gives it an order or kills it. */
export function warmUp(): WarmProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('worker-process.ts', import.meta.url))],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        TEST_LOG: process.env['TEST_LOG'],
        NODE_COMPILE_CACHE: COMPILE_CACHE,
      },
    },
  );
  const { pid, stdin, stdout } = child;
  if (stdin === null || stdout === null || pid === undefined)
    throw new Error('the worker process did not start');
  const ended = once(child, 'exit').then(
    ([code, signal]): NodeJS.Signals | number => (signal as NodeJS.Signals | null) ?? Number(code),
  );
  // A process that is killed with its order half read is told of by `ended`.
  stdin.on('error', () => {});
  const { promise: struck, resolve: strike } = Promise.withResolvers<void>();
  const ready = new Promise<string>((resolve, reject) => {
    createInterface(stdout).on('line', (line) => {
      const [word, url = ''] = line.split(' ');
      if (word === 'ready') resolve(url);
      if (word === 'struck') strike();
    });
    void ended.then((how) => reject(new Error(`the worker process ended before it was up: ${how}`)));
  });
  // Whoever waits for it hears of it; a test that only waits for the end does not.
  ready.catch(() => undefined);
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await ended;
  }
  return {
    kill,
    start(options) {
      stdin.write(`${JSON.stringify(options)}\n`);
      return {
        pid,
        ready,
        struck,
        ended,
        kill,
        stop() {
          child.kill('SIGTERM');
          return ended;
        },
        resume() {
          child.kill('SIGCONT');
        },
      };
    },
  };
}
