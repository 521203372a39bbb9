import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import type { Message } from '../../../../src/core/messages/message.ts';
import { messagesAt } from '../../../../src/core/threads/state-at.ts';
import { storedMessage } from '../../../fixtures/stored-message.ts';

const at = new Date(0);

test('a later edit does not rewrite what a message said before', () => {
  const edited = storedMessage({
    text: 'third',
    revisions: [
      { text: 'first', revisedAt: at, untilSeq: 3 },
      { text: 'second', revisedAt: at, untilSeq: 6 },
    ],
  });
  const said = [0, 1, 2, 3, 5, 6, 9].map((seq) => messagesAt([edited], seq).map(({ text }) => text));
  expect(said).toEqual([[], ['first'], ['first'], ['second'], ['second'], ['third'], ['third']]);
});

test('what was redacted is a tombstone in every state, and what was rolled back is in none', () => {
  const messages = [
    storedMessage({ id: 'erased', redactedAt: at }),
    storedMessage({ id: 'rolled back', seq: 2, redactedAt: at, rolledBack: true }),
    storedMessage({ id: 'kept', seq: 3, text: 'here' }),
  ];
  expect(messagesAt(messages, 3).map(({ id, text }) => [id, text])).toEqual([
    ['erased', ''],
    ['kept', 'here'],
  ]);
});

test('edits from before they were steps show what a message says now', () => {
  const old = storedMessage({ text: 'now', revisions: [{ text: 'once', revisedAt: at, untilSeq: 0 }] });
  expect(messagesAt([old], 1)[0]?.text).toBe('now');
});

type Step = { edits: number | null };

test('after each step the state is what it was when that step was the last, whatever came after', () => {
  const steps = fc.array(fc.record({ edits: fc.option(fc.nat(20)) }), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (all: Step[]) => {
      const messages: Message[] = [];
      const then = all.map(({ edits }, index) => {
        const seq = index + 1;
        const edited = edits === null ? undefined : messages[edits % (messages.length || 1)];
        if (edited === undefined) messages.push(storedMessage({ id: `m${seq}`, seq, text: `of ${seq}` }));
        else {
          edited.revisions = [...edited.revisions, { text: edited.text, revisedAt: at, untilSeq: seq }];
          edited.text = `edited by ${seq}`;
        }
        return messages.map(({ text }) => text);
      });
      for (const [index, texts] of then.entries()) {
        expect(messagesAt(messages, index + 1).map(({ text }) => text)).toEqual(texts);
      }
    }),
  );
});
