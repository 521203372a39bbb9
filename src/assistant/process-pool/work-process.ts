import { fork } from 'node:child_process';
import type { Reply } from './reply.ts';

/** How a process ended: it needed more memory than it may have, or something else befell it. */
export type End = 'too_large' | 'ended';

export type WorkProcessOptions = {
  /** A module of ours that calls `serveTasks`. */
  module: URL;
  /** Of JavaScript's heap, in megabytes: V8 ends a process that needs more. */
  heapMb: number;
  /** Of the whole process with its program and buffers, in megabytes: one that has more is killed. */
  residentMb: number;
  onEnd: () => void;
};

/** Does one task at a time. Keeps this process alive only meanwhile. */
export type WorkProcess<Task, Answer> = {
  perform(task: Task): Promise<Reply<Answer> | End>;
  kill(): void;
  ended: Promise<void>;
};

/** How V8 ends a process whose heap is full, where it is told as a number. */
const ABORTED = 134;

/** Starts a process that knows nothing of the environment, with its secrets, and has no files of this one open. */
export function startWorkProcess<Task extends string | object, Answer>({
  module,
  heapMb,
  residentMb,
  onEnd,
}: WorkProcessOptions): WorkProcess<Task, Answer> {
  const child = fork(module, [String(residentMb)], {
    env: {},
    execArgv: [`--max-old-space-size=${heapMb}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<void>();
  let end: End | null = null;
  let isKilled = false;
  let settle: (outcome: Reply<Answer> | End) => void = () => {};

  function finish(how: End): void {
    end ??= how;
    settle(end);
    tellEnd();
    onEnd();
  }
  function kill(): void {
    isKilled = true;
    child.kill('SIGKILL');
    // Until its end is told, which may be waited for.
    child.ref();
  }
  function keepAlive(isWorking: boolean): void {
    if (isWorking) child.ref();
    else child.unref();
    if (isWorking) child.channel?.ref();
    else child.channel?.unref();
  }

  child.on('message', (reply: Reply<Answer>) => settle(reply));
  child.once('exit', (code, signal) => {
    // SIGKILL comes from its guard, or from a kernel that has no memory left.
    const isOutOfMemory = signal === 'SIGKILL' || signal === 'SIGABRT' || code === ABORTED;
    finish(isOutOfMemory && !isKilled ? 'too_large' : 'ended');
  });
  // One that could not be started never exits.
  child.on('error', () => finish('ended'));
  keepAlive(false);

  return {
    async perform(task) {
      if (end !== null) return end;
      const { promise, resolve } = Promise.withResolvers<Reply<Answer> | End>();
      settle = resolve;
      keepAlive(true);
      child.send(task, (error) => {
        if (error !== null) kill();
      });
      const outcome = await promise;
      keepAlive(false);
      return outcome;
    },
    kill,
    ended,
  };
}
