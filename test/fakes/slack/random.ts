/** Repeatable choices: the same seed gives the same sequence. */
export interface Random {
  /** At least 0, less than `bound`, whole. */
  integer(bound: number): number;
  pick<T>(items: readonly T[]): T | undefined;
  /** `length` characters of A–Z and 0–9, the alphabet of Slack's ids. */
  id(prefix: string, length?: number): string;
  uuid(): string;
}

const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** mulberry32: 32 bits of state are plenty to choose sockets and make ids. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (bound: number) => Math.floor(next() * bound);
  const hex = (length: number) => Array.from({ length }, () => integer(16).toString(16)).join('');
  return {
    integer,
    pick: (items) => items[integer(items.length)],
    id: (prefix, length = 10) =>
      prefix + Array.from({ length }, () => idAlphabet[integer(idAlphabet.length)]).join(''),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}
