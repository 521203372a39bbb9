const ROUNDS = 9;
const REPEATS = 700;
const WORK = Array.from({ length: 200 }, (_, index) => ({ id: `x${index}`, text: `token ${index}`, index }));

/**
 * How long a fixed piece of work takes now, in milliseconds: the quickest and the median of some rounds. A machine that
 * shares its processors with others may be twice as slow a minute later and not know it, and so are its figures.
 */
export function yardstick(): { quickest: number; median: number } {
  const times = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    for (let count = 0; count < REPEATS; count += 1) JSON.parse(JSON.stringify(WORK));
    return performance.now() - startedAt;
  }).sort((left, right) => left - right);
  return { quickest: times[0] ?? 0, median: times[(ROUNDS - 1) / 2] ?? 0 };
}
