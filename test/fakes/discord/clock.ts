/** Time as the fake sees it: the given source plus what tests have advanced it by, in epoch milliseconds. */
export type Clock = { now: () => number; advance: (ms: number) => void };

/** A clock that runs with `source` and can be pushed forward; it never goes back. */
export function createClock(source: () => number): Clock {
  let offset = 0;
  return {
    now: () => source() + offset,
    advance: (ms) => {
      if (ms < 0) throw new Error('a clock cannot be turned back');
      offset += ms;
    },
  };
}
