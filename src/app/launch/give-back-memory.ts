import { performance } from 'node:perf_hooks';

/** How often it is looked whether the process rests. */
const LOOK_MS = 10_000;
/** A process that works less than this part of the time rests. */
const RESTING_UTILISATION = 0.05;
/** Less than this much to collect is not worth the pause of some 100 ms, in bytes. */
const WORTH_IT = 8_000_000;

/** Gives back now what loading the modules left behind; a pause of some 100 ms. Does nothing without `--expose-gc`. */
export function giveBackMemory(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/**
 * Keeps the memory of a resting service small: V8 alone would hold what a busy hour took until the next one. Keeps no
 * process alive.
 */
export function giveBackMemoryAtRest(): void {
  let before = performance.eventLoopUtilization();
  let after = process.memoryUsage().heapUsed;
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > RESTING_UTILISATION || process.memoryUsage().heapUsed < after + WORTH_IT) return;
    giveBackMemory();
    after = process.memoryUsage().heapUsed;
  }, LOOK_MS).unref();
}
