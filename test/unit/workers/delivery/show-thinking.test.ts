import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import type { WriteBudget } from '../../../../src/core/ports.ts';
import { showThinking } from '../../../../src/workers/delivery/show-thinking.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { createMemoryPlatform } from './memory-platform.ts';

test('the sign that an answer is being made takes its turn in the budget, and is left out while there is none', async () => {
  const { writer } = createMemoryPlatform({
    clock: systemClock,
    latencyMs: () => 0,
    fault: () => null,
    budgets: (operation) => [{ key: `discord:bot:${operation}`, limit: 1, windowMs: 1, reserve: 0 }],
  });
  let shown = 0;
  const showing = {
    ...writer,
    refreshMs: 1,
    async showThinking() {
      shown += 1;
    },
  };
  const asked: { keys: string[]; kind: string }[] = [];
  let waitMs = 400;
  const budgets = {
    async take(wanted: WriteBudget[], kind: string) {
      asked.push({ keys: wanted.map(({ key }) => key), kind });
      return { waitMs, active: [] };
    },
  };
  const origin = { platform: 'discord', tenant: 'G1', channel: '7', thread: '100' } as const;

  const stop = showThinking(showing, { origin, runId: 'r' }, { clock: systemClock, budgets }, () => false);
  await eventually(() => (asked.length >= 3 ? true : null), 'the budget is asked');
  expect(shown).toBe(0);
  expect(asked[0]).toEqual({ keys: ['discord:bot:think'], kind: 'preview' });

  waitMs = 0;
  await eventually(() => (shown > 0 ? true : null), 'the sign is shown');
  stop();
});
