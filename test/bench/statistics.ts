/** The value that `share` (0 to 1) of the samples do not exceed, by nearest rank. NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** `p50 12.3, p99 45.6, max 50.1 ms (n = 300)`, for people. */
export function spread(samples: readonly number[]): string {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(samples, share).toFixed(1));
  return `p50 ${p50}, p99 ${p99}, max ${max} ms (n = ${samples.length})`;
}

/** Three significant digits more than anybody trusts, so that figures stay readable. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
