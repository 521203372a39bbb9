import { setTimeout as sleep } from 'node:timers/promises';
import { DemoFailure } from './demo-failure.ts';

/** Rare enough not to slow what is measured, often enough not to be waited for. */
const LOOK_EVERY_MS = 50;

/** Looks until the answer is not null. @throws DemoFailure after `withinMs`, or the signal's reason. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null>,
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) {
      throw new DemoFailure(`This did not happen within ${withinMs / 1_000} s: ${what}.`);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
