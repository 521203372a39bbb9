import { expect, test } from 'vitest';
import { judge } from '../../../faults/checker/check-history.ts';
import { at, type Damage, healthySnapshot, of } from './healthy-snapshot.ts';

const FAULTS: [what: string, damage: Damage, told: RegExp][] = [
  [
    'a question that is not stored',
    ({ messages }) => void messages.splice(0, 1),
    /^slack message 100.000001 .* was acknowledged, but is not stored/,
  ],
  [
    'a question without a run',
    (snapshot) => {
      of(snapshot.runs, 0).triggerMessageIds = [];
    },
    /was acknowledged, but has no run/,
  ],
  [
    'a question that was erased by nobody',
    ({ messages }) => {
      of(messages, 0).redactedAt = at(1);
    },
    /was erased, though nobody deleted it/,
  ],
  [
    'two threads of one origin',
    ({ threads }) => void threads.push({ ...of(threads, 0), id: 'another' }),
    /^The origin slack T1 C1 100.000001 has 2 threads/,
  ],
  [
    'a question stored twice',
    ({ messages }) => void messages.push({ ...of(messages, 0), id: 'again', seq: 0 }),
    /is stored 2 times/,
  ],
  [
    'two messages in one place',
    ({ messages }) => {
      of(messages, 1).seq = 1;
    },
    /have one place/,
  ],
  [
    'a message that its thread does not count',
    ({ messages }) => {
      of(messages, 1).seq = 9;
    },
    /has a message behind its last seq/,
  ],
  [
    'a status that there is not',
    ({ runs }) => {
      Object.assign(of(runs, 0), { status: 'asleep' });
    },
    /has the illegal status "asleep"/,
  ],
  [
    'a run that is still running',
    ({ runs }) => {
      of(runs, 1).status = 'running';
    },
    /^Run run-slack-1 has not ended: it is running/,
  ],
  [
    'a run that ended at no time',
    ({ runs }) => {
      of(runs, 1).endedAt = null;
    },
    /is succeeded but has no end/,
  ],
  [
    'a success that says nothing',
    ({ runs, messages }) => {
      of(runs, 1).messageIds = [];
      messages.splice(3, 1);
    },
    /succeeded without an answer/,
  ],
  [
    'more attempts than fences',
    ({ runs }) => {
      of(runs, 0).attempt = 2;
    },
    /began 2 attempts under 1 fences/,
  ],
  [
    'a question answered by two runs',
    ({ runs }) => {
      of(runs, 1).triggerMessageIds.push('question-slack-0');
    },
    /^Message question-slack-0 is answered by 2 runs/,
  ],
  [
    'an answer that two attempts have left',
    ({ messages, threads }) => {
      messages.push({ ...of(messages, 3), id: 'another', seq: 5 });
      of(threads, 0).lastSeq = 5;
    },
    /owns 1 messages, but 2 are stored of it/,
  ],
  [
    'two running runs of a thread',
    ({ runs }) => {
      for (const run of runs.slice(0, 2)) run.status = 'running';
    },
    /has 2 running runs/,
  ],
  [
    'a run that began while the one before it was running',
    ({ runs }) => {
      of(runs, 1).startedAt = at(2);
    },
    /^Run run-slack-1 of thread thread-slack began before run run-slack-0 had ended/,
  ],
  [
    'answers stored in the wrong order',
    ({ messages }) => {
      of(messages, 1).seq = 4;
      of(messages, 3).seq = 2;
    },
    /was answered before run run-slack-0/,
  ],
];

test('a healthy history has nothing wrong with it', () => {
  expect(judge(healthySnapshot())).toEqual([]);
});

test.each(FAULTS)('%s is found', (_, damage, told) => {
  const snapshot = healthySnapshot();
  damage(snapshot);
  expect(judge(snapshot)).toContainEqual(expect.stringMatching(told));
});
