import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './test/fixtures/compile-cache.ts';
import { LongestFirst } from './test/fixtures/longest-first.ts';

// For the processes that run the tests, and those that they start in their own environment.
process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE;

const UNIT_TESTS = 'test/unit/**/*.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // The stores of the run need a core too; with three, tests of load fail for want of time.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    // A test that passes the second time has failed.
    retry: 0,
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'with stores',
          include: ['test/**/*.test.ts'],
          exclude: [UNIT_TESTS],
          globalSetup: 'test/fixtures/global-setup.ts',
          setupFiles: 'test/fixtures/each-file.ts',
        },
      },
      {
        extends: true,
        // They share nothing but modules, and loading these is a third of their time.
        test: { name: 'unit', include: [UNIT_TESTS], isolate: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
