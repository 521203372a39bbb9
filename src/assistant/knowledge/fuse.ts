/** The constant of Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion" (SIGIR 2009). */
const K = 60;

/** One order of several, by the sum of 1 / (60 + rank): scores of different searches cannot be compared, ranks can. Pure. */
export function fuse(...rankings: readonly (readonly { id: string }[])[]): { id: string; score: number }[] {
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [rank, { id }] of ranking.entries())
      scores.set(id, (scores.get(id) ?? 0) + 1 / (K + rank + 1));
  }
  return [...scores]
    .map(([id, score]) => ({ id, score }))
    .toSorted((left, right) => right.score - left.score);
}
