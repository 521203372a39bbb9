/** Seeds that have found something once, and what it was. Each is played again for a short time with every test run. */
export const KEPT_SEEDS: readonly { seed: number; found: string }[] = [
  { seed: 1, found: 'nothing; it is the one that is always played' },
];
