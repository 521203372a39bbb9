import type { Clock } from '../core/clock.ts';

export type Heartbeat = {
  /** Something began: beats until `isIdle` says so. */
  start(): void;
  stop(): void;
};

/** Calls `beat` every `intervalMs` while there is something to beat for, so that an idle process asks nothing. */
export function createHeartbeat(parts: {
  clock: Clock;
  intervalMs: number;
  isIdle: () => boolean;
  /** Must not reject. */
  beat: () => Promise<void>;
}): Heartbeat {
  const { clock, intervalMs, isIdle, beat } = parts;
  const stopping = new AbortController();
  let beating = false;

  async function keepBeating(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(intervalMs, stopping.signal);
      if (isIdle() || stopping.signal.aborted) break;
      await beat();
    }
    beating = false;
  }

  return {
    start() {
      if (beating) return;
      beating = true;
      void keepBeating();
    },
    stop: () => stopping.abort(),
  };
}
