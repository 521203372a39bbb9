import { seededRandom } from '../../../../fixtures/seeded-random.ts';

/** Choices that are the same for the same seed. */
export type Dice = {
  chance(share: number): boolean;
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** @throws Error for an empty list */
  pick<T>(list: readonly T[]): T;
};

export function createDice(seed: number): Dice {
  const next = seededRandom(seed);
  const below = (end: number) => Math.floor(next() * end);
  return {
    chance: (share) => next() < share,
    below,
    pick(list) {
      const [picked] = list.slice(below(list.length));
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
  };
}
