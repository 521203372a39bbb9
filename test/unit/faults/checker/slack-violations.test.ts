import { expect, test } from 'vitest';
import type { ApiCall } from '../../../fakes/slack/index.ts';
import { readSlackViolations } from '../../../faults/checker/slack-violations.ts';

function limited(at: number, retryAfter: number, changes: Partial<ApiCall> = {}): ApiCall {
  return {
    number: at,
    at,
    answeredAt: at + 10,
    method: 'chat.update',
    args: {},
    token: undefined,
    teamId: 'T1',
    outcome: 'rate-limited',
    retryAfter,
    ...changes,
  };
}

const EARLY = 'early-call: chat.update called 5 s before its Retry-After had passed';
const told = (history: ApiCall[], violations: string[] = [EARLY]) =>
  readSlackViolations({ history, violations }).map(({ toldForMs }) => toldForMs);

test('a call during a Retry-After is told with the time for which it had been known', () => {
  expect(told([limited(0, 5), limited(2_010, 3)])).toEqual([2_000]);
});

test('a call that came before the 429 was answered had not been told', () => {
  expect(told([limited(0, 5), limited(5, 5)])).toEqual([0]);
});

test('a call after the wait, of another method or of a post elsewhere is none', () => {
  const elsewhere = { method: 'chat.postMessage', args: { channel: 'C2' } };
  const history = [
    limited(0, 5),
    limited(5_010, 5, { method: 'chat.delete' }),
    limited(5_011, 5),
    limited(20_000, 5, { method: 'chat.postMessage', args: { channel: 'C1' } }),
    limited(20_100, 5, elsewhere),
  ];
  expect(told(history, [])).toEqual([]);
});

test('what the history does not explain stays as the fake told it', () => {
  expect(
    readSlackViolations({ history: [], violations: [EARLY, 'mention-ping: chat.update says <!here>'] }),
  ).toEqual([
    { platform: 'slack', what: 'mention-ping: chat.update says <!here>', toldForMs: null },
    { platform: 'slack', what: EARLY, toldForMs: null },
  ]);
});
