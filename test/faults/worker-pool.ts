import { type WarmProcess, warmUp, type WorkerProcess, type WorkerProcessOptions } from './spawn-worker.ts';

export type WorkerPool = {
  /** As `spawnWorker`, but nearly at once: the process is loaded already. */
  spawn(options: WorkerProcessOptions): WorkerProcess;
  /** Kills all processes, those that are at work too. */
  close(): Promise<void>;
};

/** Keeps `size` processes loaded for tests that kill many of them: loading is most of a start. */
export function createWorkerPool(size: number): WorkerPool {
  const warm: WarmProcess[] = Array.from({ length: size }, warmUp);
  const started: WorkerProcess[] = [];
  return {
    spawn(options) {
      const next = warm.shift() ?? warmUp();
      if (warm.length < size) warm.push(warmUp());
      const worker = next.start(options);
      started.push(worker);
      return worker;
    },
    async close() {
      await Promise.all([...warm.splice(0), ...started.splice(0)].map((each) => each.kill()));
    },
  };
}
