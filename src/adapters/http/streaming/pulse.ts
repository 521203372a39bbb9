import type { Clock } from '../../../core/clock.ts';

export type Pulse = {
  /** Calls `beat` every now and then until the returned function is called. */
  join(beat: () => void): () => void;
};

/** One timer for all that are to be called in the same interval; none while nobody is. */
export function createPulse(clock: Pick<Clock, 'sleep'>, everyMs: number): Pulse {
  const beats = new Set<() => void>();
  let stopped: AbortController | null = null;

  async function run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(everyMs, signal);
      if (signal.aborted) return;
      for (const beat of beats) beat();
    }
  }

  return {
    join(given) {
      // The same function may be given twice.
      const beat = () => given();
      beats.add(beat);
      if (stopped === null) {
        stopped = new AbortController();
        void run(stopped.signal);
      }
      return () => {
        if (!beats.delete(beat) || beats.size > 0) return;
        stopped?.abort();
        stopped = null;
      };
    },
  };
}
