import type { ThreadrelayError } from '../../core/errors.ts';
import { errorOf } from './reply.ts';
import { startWorkProcess, type End, type WorkProcess, type WorkProcessOptions } from './work-process.ts';

/** How a task was lost: it took too long, its process needed too much memory, or ended for another reason. */
export type Loss = 'too_slow' | End;

export type ProcessPoolOptions<Task> = Omit<WorkProcessOptions, 'onEnd'> & {
  /** Processes at once; further tasks wait for their turn. */
  atOnce: number;
  /** A process that has had no task for so long is ended, in milliseconds. */
  idleMs: number;
  /** A process that has not answered is killed then, in milliseconds from when it got the task. */
  timeLimitMs: number;
  /** What is thrown for a task that was lost. */
  lost(how: Loss, task: Task): ThreadrelayError;
};

export type ProcessPool<Task, Answer> = {
  /** @throws ThreadrelayError that the work throws or `lost` makes; the signal's reason, and the task is ended then */
  run(task: Task, signal: AbortSignal): Promise<Answer>;
  /** Ends all processes, and with them what they do. */
  stop(): Promise<void>;
};

type Job<Task, Answer> = {
  task: Task;
  signal: AbortSignal;
  resolve: (answer: Answer) => void;
  reject: (reason: unknown) => void;
};

/**
 * Processes for work that may block, hang or take all memory, so that none of it befalls this one. They start when they
 * are needed and end when they have been idle. Not threads: V8 ends the whole process when the heap of one of its threads
 * is full (docs/decisions/processes-for-documents.md).
 */
export function createProcessPool<Task extends string | object, Answer>(
  options: ProcessPoolOptions<Task>,
): ProcessPool<Task, Answer> {
  type Process = WorkProcess<Task, Answer>;
  const waiting: Job<Task, Answer>[] = [];
  const processes = new Set<Process>();
  const idle = new Map<Process, NodeJS.Timeout>();
  let isStopped = false;

  function begin(): Process {
    const process: Process = startWorkProcess({
      ...options,
      onEnd() {
        processes.delete(process);
        clearTimeout(idle.get(process));
        idle.delete(process);
        next();
      },
    });
    processes.add(process);
    return process;
  }

  function takeIdle(): Process | undefined {
    for (const [process, timer] of idle) {
      clearTimeout(timer);
      idle.delete(process);
      return process;
    }
    return processes.size < options.atOnce ? begin() : undefined;
  }

  function next(): void {
    while (waiting[0]?.signal.aborted === true) waiting.shift();
    const [job] = waiting;
    if (job === undefined) return;
    try {
      const process = takeIdle();
      if (process === undefined) return;
      waiting.shift();
      void perform(process, job);
    } catch {
      // A machine without memory starts no process.
      waiting.shift();
      job.reject(options.lost('ended', job.task));
      next();
    }
  }

  async function perform(process: Process, { task, signal, resolve, reject }: Job<Task, Answer>) {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      process.kill();
    }, options.timeLimitMs);
    signal.addEventListener('abort', process.kill, { once: true });
    const outcome = await process.perform(task);
    clearTimeout(timer);
    signal.removeEventListener('abort', process.kill);
    if (typeof outcome === 'string') {
      reject(signal.aborted ? signal.reason : options.lost(isLate ? 'too_slow' : outcome, task));
    } else {
      if ('answer' in outcome) resolve(outcome.answer);
      else reject(errorOf(outcome.thrown));
      if (outcome.isLast || isLate || signal.aborted) process.kill();
      else idle.set(process, setTimeout(process.kill, options.idleMs).unref());
    }
    next();
  }

  return {
    async run(task, signal) {
      signal.throwIfAborted();
      if (isStopped) throw options.lost('ended', task);
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const cancel = () => reject(signal.reason);
      signal.addEventListener('abort', cancel, { once: true });
      waiting.push({ task, signal, resolve, reject });
      next();
      return promise.finally(() => signal.removeEventListener('abort', cancel));
    },
    async stop() {
      isStopped = true;
      for (const { task, reject } of waiting.splice(0)) reject(options.lost('ended', task));
      for (const process of processes) process.kill();
      await Promise.all([...processes].map(({ ended }) => ended));
    },
  };
}
