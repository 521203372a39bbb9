import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/fixtures/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/fixtures/global-setup.ts',
    pool: 'forks',
    // Many files wait more than they compute (leases, freezes, budgets), so one more than a small machine has cores.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    // A test that passes the second time has failed.
    retry: 0,
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
  },
});
