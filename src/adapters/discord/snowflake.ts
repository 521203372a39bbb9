/** Discord counts milliseconds from the first second of 2015. */
const DISCORD_EPOCH = 1_420_070_400_000n;

/** Snowflakes are 64-bit numbers: 20 digits hold the greatest. Padded ones sort as strings. */
const DIGITS = 20;

export function padSnowflake(id: string): string {
  return id.padStart(DIGITS, '0');
}

export function isAfter(id: string, other: string): boolean {
  return BigInt(id) > BigInt(other);
}

export function laterOf(id: string, other: string): string {
  return isAfter(id, other) ? id : other;
}

/** When the id was made. */
export function timeOf(id: string): Date {
  return new Date(Number((BigInt(id) >> 22n) + DISCORD_EPOCH));
}

/** The id that is `ms` milliseconds older, never below 0; `ms` 0 takes off all of one millisecond's counter. */
export function before(id: string, ms: number): string {
  const earlier = ((BigInt(id) >> 22n) - BigInt(ms)) << 22n;
  return (earlier > 0n ? earlier : 0n).toString();
}

/** The greatest id smaller than this one, for `after=` to include it. */
export function justBefore(id: string): string {
  return (BigInt(id) - 1n).toString();
}
