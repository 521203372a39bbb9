/** What else the event loop has in hand right now may ask for more of the same. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Gathers items that are asked for in one turn of the event loop or while an earlier batch is under way, so that one round
 * trip carries them all. An item that comes alone waits for nothing else: batches grow with the load and with nothing
 * more.
 *
 * @param perform Answers one result for each item, in their order, or a promise of it where items come out differently;
 * the batch is under way until all of them have settled. When it throws, what it depends on is away: each item is
 * rejected with that, and so are those that wait behind it, which would else wait for one time-out after the other.
 */
export function createBatcher<T, R>(options: {
  maxItems: number;
  perform: (items: readonly T[]) => Promise<readonly (R | Promise<R>)[]>;
}): (item: T) => Promise<R> {
  type Waiting = { item: T; resolve: (result: R | Promise<R>) => void; reject: (error: unknown) => void };
  let waiting: Waiting[] = [];
  let underWay = false;

  async function drain(): Promise<void> {
    underWay = true;
    while (waiting.length > 0) {
      await turn();
      const batch = waiting.slice(0, options.maxItems);
      waiting = waiting.slice(batch.length);
      try {
        const results = await options.perform(batch.map(({ item }) => item));
        for (const [index, result] of results.entries()) batch[index]?.resolve(result);
        for (const { reject } of batch.slice(results.length)) {
          reject(new Error('a batch answered fewer results than it had items'));
        }
        await Promise.allSettled(results.map(async (result) => result));
      } catch (error) {
        for (const { reject } of [...batch, ...waiting.splice(0)]) reject(error);
      }
    }
    underWay = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!underWay) void drain();
    });
}
