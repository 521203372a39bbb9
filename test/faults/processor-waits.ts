import { readFileSync } from 'node:fs';

/** How long a process had work and no processor: on a shared machine that says nothing about the process. */
export type ProcessorWaits = {
  /** Milliseconds of the span; times as of `Date.now`. 0 where the system does not tell. */
  within(from: number, to: number): number;
  stop(): void;
};

const SAMPLE_MS = 25;

/** Samples the waiting time of a process's main thread: the second figure of Linux's `/proc/PID/schedstat`, in ns. */
export function watchProcessorWaits(pid: number): ProcessorWaits {
  const samples: { at: number; waitedMs: number }[] = [];
  const sample = () => {
    try {
      const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
      samples.push({ at: Date.now(), waitedMs: Number(waited) / 1e6 });
    } catch {
      // Another system, or the process has ended.
    }
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    within(from, to) {
      const first = lastUpTo(samples, from);
      const last = lastUpTo(samples, to);
      return first === undefined || last === undefined
        ? 0
        : Math.min(to - from, last.waitedMs - first.waitedMs);
    },
    stop: () => clearInterval(timer),
  };
}

function lastUpTo<T extends { at: number }>(samples: readonly T[], at: number): T | undefined {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.at ?? at) <= at) low = middle + 1;
    else high = middle;
  }
  return samples[low - 1];
}
