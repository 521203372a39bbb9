import { expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/core/runs/run-event.ts';
import { tell, type Told, toldBeforeHearing } from '../../../../src/core/streaming/told.ts';

const CALL = { id: 'c1', name: 'search', args: { q: 'x' } };
const SAID: RunEvent = { type: 'said', message: { id: 'run-1', text: 'Let me see.', toolCalls: [CALL] } };
const RESULT: RunEvent = {
  type: 'tool_result',
  id: 'c1',
  name: 'search',
  result: 'found',
  isError: false,
  messageId: 'run-1.1',
};

function after(
  events: readonly RunEvent[],
  from: Told = toldBeforeHearing({ runId: 'run', fence: 1 }),
): Told {
  return events.reduce((told, event) => tell(told, event, true), from);
}

const BEGINNING: RunEvent = { type: 'attempt', attempt: 1, messageId: 'run-1' };

test('calls belong to the message that asks for them', () => {
  const text: RunEvent = { type: 'text', delta: 'Let me see.', offset: 0 };
  expect(after([BEGINNING, text, { type: 'tool_call', ...CALL }])).toEqual({
    messageId: 'run-1',
    text: 'Let me see.',
    heardTo: 11,
    toolCalls: [CALL],
    begun: true,
  });
});

test('a message that is said is known, also when its beginning was not heard', () => {
  expect(after([SAID])).toEqual({
    messageId: 'run-1',
    text: 'Let me see.',
    heardTo: 11,
    toolCalls: [CALL],
    begun: true,
  });
});

test('after a result the next message begins, with nothing of the one before', () => {
  const next = { messageId: 'run-1.2', text: '', heardTo: 0, toolCalls: [], begun: false };
  expect(after([BEGINNING, SAID, RESULT])).toEqual(next);
  expect(after([RESULT])).toEqual(next);
  expect(after([RESULT, { ...RESULT, id: 'c2', messageId: 'run-1.2' }]).messageId).toBe('run-1.3');
});

test('text that names another message begins it', () => {
  const text: RunEvent = { type: 'text', delta: 'Found.', offset: 0, messageId: 'run-1.2' };
  expect(after([BEGINNING, SAID, text])).toMatchObject({ messageId: 'run-1.2', text: 'Found.', heardTo: 6 });
  expect(after([BEGINNING, SAID, RESULT, text])).toEqual(after([text]));
});
