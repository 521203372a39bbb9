import { expect, test } from 'vitest';
import { judge } from '../../../faults/checker/check-history.ts';
import type { CheckOptions } from '../../../faults/checker/snapshot.ts';
import { at, type Damage, healthySnapshot, of } from './healthy-snapshot.ts';

const EXCUSES: [what: string, excuse: Damage, options?: CheckOptions][] = [
  [
    'a question that was deleted needs no run',
    ({ asked, messages, runs, deliveries, said }) => {
      of(asked, 0).deleted = true;
      messages.splice(0, 2);
      for (const list of [runs, deliveries, said]) list.splice(0, 1);
    },
  ],
  [
    'a question that was never acknowledged may be lost',
    ({ asked, messages, runs, deliveries, said }) => {
      of(asked, 0).acknowledged = false;
      messages.splice(0, 2);
      for (const list of [runs, deliveries, said]) list.splice(0, 1);
    },
  ],
  [
    'a question in a closed thread needs no run',
    ({ threads, runs, deliveries, said, messages }) => {
      of(threads, 0).closed = { reason: 'root_deleted', at: at(1) };
      messages.splice(1, 1);
      for (const list of [runs, deliveries, said]) list.splice(0, 1);
    },
  ],
  [
    'an answer that somebody deleted need not be there',
    ({ said, deletions }) => {
      said.splice(2, 1);
      deletions.push({ platform: 'discord', place: '100', messageId: '101', at: 8, by: 'person' });
    },
  ],
  [
    'a delivery may fail where the platform takes no writes',
    ({ deliveries, said }) => {
      Object.assign(of(deliveries, 0), { status: 'failed', reason: 'archived' });
      of(said, 0).text = 'Answ';
    },
  ],
  [
    'a call that was on its way when a 429 came is excused, where several processes write',
    ({ violations }) => void violations.push({ platform: 'slack', what: 'early-call', toldForMs: 900 }),
    { wordTravelsMs: 1_000 },
  ],
  [
    'a violation that the test provokes is tolerated',
    ({ violations }) =>
      void violations.push({ platform: 'slack', what: 'concurrent-edit: …', toldForMs: null }),
    { tolerate: [/^concurrent-edit/] },
  ],
];

test.each(EXCUSES)('%s', (_, excuse, options) => {
  const snapshot = healthySnapshot();
  excuse(snapshot);
  expect(judge(snapshot, options)).toEqual([]);
});

test('a question that the way back should have found is missed, when the test says so', () => {
  const snapshot = healthySnapshot();
  of(snapshot.asked, 0).acknowledged = false;
  snapshot.messages.splice(0, 1);
  expect(judge(snapshot, { unacknowledgedToo: true })).toContainEqual(
    expect.stringMatching(/was written, but is not stored/),
  );
});
