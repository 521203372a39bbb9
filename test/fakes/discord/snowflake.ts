/** First millisecond of 2015, from which Discord counts ids. */
const discordEpoch = 1_420_070_400_000n;

/** Makes ids that hold the clock's millisecond in their upper bits and increase strictly, however fast they are made. */
export function createSnowflakes(now: () => number): () => string {
  let last = 0n;
  return () => {
    const earliest = (BigInt(Math.floor(now())) - discordEpoch) << 22n;
    last = earliest > last ? earliest : last + 1n;
    return last.toString();
  };
}

/** Order of two ids by age: negative when `a` is older. */
export function compareSnowflakes(a: string, b: string): number {
  const left = BigInt(a);
  const right = BigInt(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
