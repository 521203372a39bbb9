import { expect, test } from 'vitest';
import type { Message } from '../../../../src/core/messages/message.ts';
import { conversationFor } from '../../../../src/core/runs/conversation.ts';
import { storedMessage } from '../../../fixtures/stored-message.ts';

const message = (seq: number, overrides: Partial<Message> = {}) =>
  storedMessage({ id: `m${seq}`, seq, text: `of ${seq}`, ...overrides });

const ids = (messages: Message[]) => messages.map(({ id }) => id);

test('a run of several messages sees what was said before, and all of them last, in their order', () => {
  const messages = [1, 2, 3, 4].map((seq) => message(seq));
  const run = { triggerMessageIds: ['m2', 'm3', 'm4'], ordinal: 4 };
  expect(ids(conversationFor(run, messages, 100))).toEqual(['m1', 'm2', 'm3', 'm4']);
});

test('a run without a message sees all that was said before it', () => {
  const messages = [message(1), message(2, { role: 'ai', runId: 'r' }), message(4)];
  expect(ids(conversationFor({ triggerMessageIds: [], ordinal: 3 }, messages, 100))).toEqual(['m1', 'm2']);
});

test('what people and programs said after its own messages is left to later runs, answers are not', () => {
  const messages = [
    message(1),
    message(2),
    message(3, { role: 'system' }),
    message(4, { role: 'ai' }),
    message(5, { role: 'ai', runId: 'earlier' }),
  ];
  const run = { triggerMessageIds: ['m1'], ordinal: 1 };
  expect(ids(conversationFor(run, messages, 100))).toEqual(['m5', 'm1']);
});

test('what was redacted is left out, and what a person wrote is cut between characters', () => {
  const messages = [message(1, { text: '', redactedAt: new Date(0) }), message(2, { text: 'ab😀' })];
  const run = { triggerMessageIds: ['m1', 'm2'], ordinal: 2 };
  expect(conversationFor(run, messages, 3).map(({ text }) => text)).toEqual(['ab']);
});
