import { writeFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { factsOf, type Reply } from './reply.ts';

/** A process that has this part of its memory after a task has kept what the next one may need. */
const GROWN = 0.5;
const MEBIBYTE = 2 ** 20;

/**
 * Makes this process one of a pool: answers each task that comes with what the work gives. Called by a module that
 * `createProcessPool` names. The process ends with the one that started it, also in the middle of a task.
 */
export function serveTasks(work: (task: unknown) => Promise<unknown>): void {
  const residentBytes = Number(process.argv[2]) * MEBIBYTE;
  const argv = [process.ppid, residentBytes];
  new Worker(new URL('guard.ts', import.meta.url), { argv, execArgv: [], env: {} }).unref();
  // When the machine has no memory left, Linux is to take this process and not the one it works for.
  void writeFile('/proc/self/oom_score_adj', '1000').catch(() => {});
  // A terminal and some supervisors send these to all processes; what the service has in hand is to be ended by it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  process.once('disconnect', () => process.exit());
  process.on('message', (task) => void reply(task));

  async function reply(task: unknown): Promise<void> {
    const outcome = await work(task).then(
      (answer) => ({ answer }),
      (thrown: unknown) => ({ thrown: factsOf(thrown) }),
    );
    const isLast = process.memoryUsage.rss() > residentBytes * GROWN;
    process.send?.({ ...outcome, isLast } satisfies Reply<unknown>);
  }
}
