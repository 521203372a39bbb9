import { expect, test } from 'vitest';
import { judge } from '../../../faults/checker/check-history.ts';
import { at, type Damage, healthySnapshot, of } from './healthy-snapshot.ts';

const FAULTS: [what: string, damage: Damage, told: RegExp][] = [
  [
    'a run without a delivery',
    ({ deliveries, said }) => {
      deliveries.splice(0, 1);
      said.splice(0, 1);
    },
    /^Run run-slack-0 has no delivery/,
  ],
  [
    'a delivery with a status that there is not',
    ({ deliveries }) => {
      Object.assign(of(deliveries, 0), { status: 'lost' });
    },
    /has the illegal status "lost"/,
  ],
  [
    'a delivery that goes on after its run',
    ({ deliveries }) => {
      of(deliveries, 0).status = 'streaming';
    },
    /has ended, but its delivery is streaming/,
  ],
  [
    'a preview of a run that never ended',
    ({ runs, deliveries }) => {
      of(runs, 1).status = 'running';
      of(deliveries, 1).status = 'streaming';
    },
    /is a torn preview/,
  ],
  [
    'a second answer that nobody knows of',
    ({ said }) => void said.push({ ...of(said, 2), messageId: '999' }),
    /^discord message 999 .* belongs to no delivery/,
  ],
  [
    'one message that two deliveries own',
    ({ deliveries }) => {
      of(deliveries, 1).parts = of(deliveries, 0).parts;
    },
    /belongs to 2 deliveries/,
  ],
  [
    'a delivery with two first parts',
    ({ deliveries, said }) => {
      of(deliveries, 2).parts.push({ index: 0, messageId: '999' });
      said.push({ ...of(said, 2), messageId: '999' });
    },
    /has a part twice/,
  ],
  [
    'two messages that name one part of a run',
    ({ said }) => {
      of(said, 1).names = { runId: 'run-slack-0', part: 0 };
    },
    /^2 visible messages are part 0 of run run-slack-0/,
  ],
  [
    'answers that stand in the wrong order',
    ({ deliveries }) => {
      const [first, second] = [of(deliveries, 2), of(deliveries, 3)];
      [first.parts, second.parts] = [second.parts, first.parts];
    },
    /the answer of run run-discord-1 stands too early/,
  ],
  [
    'a torn preview',
    ({ said }) => {
      of(said, 0).text = 'Answ';
    },
    /^Run run-slack-0 \(succeeded\) is shown as .*Answ.* but what is stored renders as .*Answer 0/,
  ],
  [
    'an answer that was never shown',
    ({ deliveries, said }) => {
      of(deliveries, 0).parts = [];
      said.splice(0, 1);
    },
    /is shown as 0 messages/,
  ],
  [
    'an answer of a cancelled run that was to be forgotten',
    ({ runs, messages }) => {
      of(runs, 1).status = 'cancelled';
      of(messages, 3).redactedAt = at(3);
    },
    /renders as 0 messages/,
  ],
  [
    'a message that streams for ever',
    ({ said }) => {
      of(said, 0).streaming = true;
    },
    /is still shown as streaming/,
  ],
  [
    'a delivery that gave up where it could have written',
    ({ deliveries }) => {
      Object.assign(of(deliveries, 0), { status: 'failed', reason: 'invalid' });
    },
    /failed \(invalid\) where writes are taken/,
  ],
  [
    'an edit of a message after its deletion',
    ({ deletions, writes }) => {
      deletions.push({ platform: 'discord', place: '100', messageId: '101', at: 5, by: 'person' });
      writes.push({
        platform: 'discord',
        place: '100',
        at: 6,
        kind: 'edit',
        messageId: '101',
        outcome: 'accepted',
      });
    },
    /was edited after its deletion/,
  ],
  [
    'edits that are tried again and again after the deletion',
    ({ deletions, writes }) => {
      deletions.push({ platform: 'slack', place: 'C1', messageId: '100.000002', at: 5, by: 'person' });
      for (const later of [6, 7, 8, 9]) {
        writes.push({
          platform: 'slack',
          place: 'C1',
          at: later,
          kind: 'edit',
          messageId: '100.000002',
          outcome: 'refused',
        });
      }
    },
    /^4 edits were tried of slack message 100.000002 in C1 after its deletion/,
  ],
  [
    'a call during a Retry-After',
    ({ violations }) =>
      void violations.push({ platform: 'slack', what: 'early-call: chat.update', toldForMs: 900 }),
    /^slack saw what no bot may do: early-call/,
  ],
];

test.each(FAULTS)('%s is found', (_, damage, told) => {
  const snapshot = healthySnapshot();
  damage(snapshot);
  expect(judge(snapshot)).toContainEqual(expect.stringMatching(told));
});
