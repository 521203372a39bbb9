/** Counts work in hand, so that a stop can wait for it. */
export class InFlight {
  readonly #work = new Set<Promise<unknown>>();

  async run<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#work.add(running);
    try {
      return await running;
    } finally {
      this.#work.delete(running);
    }
  }

  /** Resolves when all work of now has ended, however. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#work);
  }
}
