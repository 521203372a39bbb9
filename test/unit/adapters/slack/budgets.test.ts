import { expect, test } from 'vitest';
import { budgetsOf } from '../../../../src/adapters/slack/budgets.ts';

const origin = { platform: 'slack', tenant: 'T1', channel: 'C1', thread: '1700000000.000100' } as const;

test('edits of a workspace share one budget, whatever the channel; other workspaces have their own', () => {
  const [edit] = budgetsOf(origin, 'edit');
  expect(budgetsOf({ ...origin, channel: 'C2' }, 'edit')).toEqual([edit]);
  expect(budgetsOf({ ...origin, tenant: 'T2' }, 'edit')[0]?.key).not.toBe(edit?.key);
});

test("no budget exceeds Slack's limit, and each leaves something to previews", () => {
  for (const operation of ['post', 'edit', 'remove', 'find'] as const) {
    for (const { key, limit, windowMs, reserve } of budgetsOf(origin, operation)) {
      const aMinute = (limit / windowMs) * 60_000;
      expect(aMinute, key).toBeLessThanOrEqual(
        key.endsWith('chat.postMessage') ? 200 : key.endsWith(':post') ? 60 : 50,
      );
      expect(reserve).toBeLessThan(limit);
    }
  }
});
