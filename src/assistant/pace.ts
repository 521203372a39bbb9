import type { Clock } from '../core/clock.ts';

/**
 * The pace of a model, which goes on by itself whoever listens: what it answers waits until `ms` after the piece before
 * was due, not after it was taken, so that one taken late puts none behind it off. Resolves at once for one that is due
 * already, and when the signal fires.
 */
export function createPace(
  clock: Pick<Clock, 'now' | 'sleep'>,
): (ms: number, signal?: AbortSignal) => Promise<void> {
  let dueAt = clock.now().getTime();
  return async (ms, signal) => {
    if (ms <= 0) return;
    dueAt += ms;
    // No longer than asked for, though the clock was set back meanwhile.
    const left = Math.min(ms, dueAt - clock.now().getTime());
    if (left > 0) await clock.sleep(left, signal);
  };
}
