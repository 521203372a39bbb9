import { expect, test } from 'vitest';
import { threadAfter } from '../../../../src/core/threads/thread-end.ts';
import { threadStatus } from '../../../../src/core/threads/thread.ts';

test.each([
  { status: 'succeeded', cancel: null, leaves: 'idle' },
  { status: 'failed', cancel: null, leaves: 'error' },
  { status: 'timed_out', cancel: null, leaves: 'error' },
  { status: 'cancelled', cancel: 'interrupt', leaves: 'interrupted' },
  { status: 'cancelled', cancel: 'discard', leaves: 'interrupted' },
  { status: 'cancelled', cancel: 'rollback', leaves: null },
] as const)('a run that is $status ($cancel) leaves its thread $leaves', ({ status, cancel, leaves }) => {
  expect(threadAfter(status, cancel)).toBe(leaves);
});

test('a thread with open runs is busy, however the last one ended', () => {
  expect(threadStatus({ openRuns: 2, lastEnd: 'error' })).toBe('busy');
  expect(threadStatus({ openRuns: 0, lastEnd: 'error' })).toBe('error');
});
