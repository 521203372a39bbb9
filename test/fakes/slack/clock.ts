/** Time of the fake: rate windows, retries of events, stream life, delayed answers. Milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Runs `action` once after `ms`; the returned function cancels it. */
  after(ms: number, action: () => void): () => void;
}

export interface ManualClock extends Clock {
  /**
   * Moves time forward, running due timers in order. Resolves when they have run; frames and answers they caused are
   * then on the wire, not yet read, so advance in steps when a peer has to react in between.
   */
  advance(ms: number): Promise<void>;
}

/** The machine's time. Its timers do not keep a process alive. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    after(ms, action) {
      const timer = setTimeout(action, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Time that stands still until `advance`. */
export function manualClock(start: number = Date.now()): ManualClock {
  const timers = new Set<{ due: number; action: () => void }>();
  let now = start;
  return {
    now: () => now,
    after(ms, action) {
      const timer = { due: now + ms, action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const target = now + ms;
      for (;;) {
        const next = [...timers].filter((timer) => timer.due <= target).sort((a, b) => a.due - b.due)[0];
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.due);
        next.action();
        // Promise continuations may set the next timer of a chain, such as a retry.
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = target;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
