import { ThreadrelayError } from '../../core/errors.ts';
import { createProcessPool } from '../process-pool/process-pool.ts';
import type { Evaluated } from './evaluate.ts';

/** Programs at once in one process: each takes a processor while it runs, and the event loop needs its own. */
const AT_ONCE = 2;
/** A process is kept this long for the next program, in milliseconds: to start one takes longer than most programs. */
const IDLE_MS = 10_000;
/** One that does not answer is ended then, in milliseconds: the program's own two seconds, with much time to start. */
const LOST_MS = 8_000;
/** Of the interpreter's own JavaScript, in megabytes; the program's memory is bounded apart from it. */
const HEAP_MB = 64;
/** Of a process with Node (about 100), that heap, and the memory of this program and of some before it, in megabytes. */
const RESIDENT_MB = 400;

export type Sandbox = {
  /** @throws ThreadrelayError `timed_out` when the program brought its process to a stop; the signal's reason */
  evaluate(code: string, signal: AbortSignal): Promise<Evaluated>;
  stop(): Promise<void>;
};

/** Processes that evaluate programs, so that none of them stops the event loop or takes the service's memory. */
export function createSandbox(): Sandbox {
  const pool = createProcessPool<string, Evaluated>({
    module: new URL('sandbox-process.ts', import.meta.url),
    atOnce: AT_ONCE,
    idleMs: IDLE_MS,
    timeLimitMs: LOST_MS,
    heapMb: HEAP_MB,
    residentMb: RESIDENT_MB,
    lost: () => new ThreadrelayError('timed_out', 'The program stopped its interpreter and was ended.'),
  });
  return { evaluate: pool.run, stop: pool.stop };
}
