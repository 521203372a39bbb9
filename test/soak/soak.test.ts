import { expect, test } from 'vitest';
import { KEPT_SEEDS } from './kept-seeds.ts';
import { runSoak } from './run-soak.ts';

/** So that a seed takes half a minute with its start, its settling and its rest. */
const SHORT = { seconds: 12, threads: 12, asksPerSecond: 1.5, faultEverySeconds: 2 };

test.each(KEPT_SEEDS)(
  'seed $seed: after faults of all kinds, everything is answered and nothing is left behind',
  { timeout: 240_000 },
  async ({ seed }) => {
    const said: string[] = [];
    const { findings } = await runSoak({
      ...SHORT,
      seed,
      processes: { worker: 2, slack: 1, discord: 1 },
      settleWithinMs: 120_000,
      say: (line) => said.push(line),
    });
    expect({ findings, said: findings.length > 0 ? said : [] }).toEqual({ findings: [], said: [] });
  },
);
