import { Worker } from 'node:worker_threads';
import { ThreadrelayError } from '../../core/errors.ts';
import type { Evaluated } from './evaluate.ts';

/** Programs at once in one process: each takes a processor while it runs, and the event loop needs its own. */
const AT_ONCE = 2;
/** A thread is kept this long for the next program, in milliseconds: to start one takes longer than most programs. */
const IDLE_MS = 10_000;
/** A thread that does not answer is ended then, in milliseconds: the program's own two seconds, with time to start. */
const LOST_MS = 5_000;
/** Of the thread's own JavaScript, in megabytes; the program's memory is bounded apart from it. */
const HEAP_MB = 64;

export type Sandbox = {
  /** @throws ThreadrelayError `timed_out` when the program brought its thread to a stop; the signal's reason */
  evaluate(code: string, signal: AbortSignal): Promise<Evaluated>;
  stop(): Promise<void>;
};

type Job = {
  code: string;
  signal: AbortSignal;
  resolve: (evaluated: Evaluated) => void;
  reject: (reason: unknown) => void;
};

/**
 * Threads that evaluate programs, so that none of them stops the event loop. They start when they are needed, end when
 * they have been idle, know nothing of the environment, and keep no process alive.
 */
export function createSandbox(): Sandbox {
  const waiting: Job[] = [];
  const threads = new Set<Worker>();
  const idle = new Map<Worker, NodeJS.Timeout>();

  function begin(): Worker {
    const url = new URL('sandbox-worker.ts', import.meta.url);
    const thread = new Worker(url, {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    thread.unref();
    threads.add(thread);
    thread.once('exit', () => {
      threads.delete(thread);
      clearTimeout(idle.get(thread));
      idle.delete(thread);
    });
    // One that fails ends, and its exit is heard by the job.
    thread.on('error', () => {});
    return thread;
  }

  function takeIdle(): Worker | undefined {
    for (const [thread, timer] of idle) {
      clearTimeout(timer);
      idle.delete(thread);
      return thread;
    }
    return threads.size < AT_ONCE ? begin() : undefined;
  }

  function next(): void {
    while (waiting[0]?.signal.aborted === true) waiting.shift();
    const [job] = waiting;
    if (job === undefined) return;
    const thread = takeIdle();
    if (thread === undefined) return;
    waiting.shift();
    void perform(thread, job);
  }

  function rest(thread: Worker): void {
    if (!threads.has(thread)) return;
    idle.set(thread, setTimeout(() => void thread.terminate(), IDLE_MS).unref());
  }

  async function perform(thread: Worker, { code, signal, resolve, reject }: Job): Promise<void> {
    const { promise: done, resolve: end } = Promise.withResolvers<'answered' | 'ended'>();
    const answered = (evaluated: Evaluated) => {
      resolve(evaluated);
      end('answered');
    };
    const ended = () => {
      reject(signal.aborted ? signal.reason : lost());
      end('ended');
    };
    const stop = () => void thread.terminate();
    const timer = setTimeout(stop, LOST_MS);
    thread.once('message', answered);
    thread.once('exit', ended);
    signal.addEventListener('abort', stop, { once: true });
    thread.postMessage(code);
    const how = await done;
    clearTimeout(timer);
    thread.off('message', answered);
    thread.off('exit', ended);
    signal.removeEventListener('abort', stop);
    if (how === 'answered') rest(thread);
    next();
  }

  return {
    evaluate(code, signal) {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        waiting.push({ code, signal, resolve, reject });
        next();
      });
    },
    async stop() {
      await Promise.all([...threads].map((thread) => thread.terminate()));
    },
  };
}

function lost(): ThreadrelayError {
  return new ThreadrelayError('timed_out', 'The program stopped its interpreter and was ended.');
}
