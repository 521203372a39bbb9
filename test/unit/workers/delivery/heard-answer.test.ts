import { expect, test } from 'vitest';
import { toolStatus } from '../../../../src/core/deliveries/tool-status.ts';
import type { RunEvent } from '../../../../src/core/runs/run-event.ts';
import { createHeardAnswer } from '../../../../src/workers/delivery/heard-answer.ts';

/** What people read after each of the events. */
function shownAfter(events: readonly RunEvent[]): string[] {
  let shown = '';
  const heard = createHeardAnswer({
    text: (delta) => {
      shown += delta;
    },
    restart: () => {
      shown = '';
    },
  });
  return events.map((event, index) => {
    heard.hear([{ id: `1-${index + 1}`, event }]);
    expect(shown).toBe(heard.text);
    return shown;
  });
}

const begin: RunEvent = { type: 'attempt', attempt: 1, messageId: 'run-1' };
const text = (delta: string, offset = 0, messageId?: string): RunEvent => ({
  type: 'text',
  delta,
  offset,
  ...(messageId === undefined ? {} : { messageId }),
});
const call = (name: string, messageId?: string): RunEvent => ({
  type: 'tool_call',
  id: name,
  name,
  args: {},
  ...(messageId === undefined ? {} : { messageId }),
});
const result = (name: string, messageId: string): RunEvent => ({
  type: 'tool_result',
  id: name,
  name,
  result: 'secret detail',
  isError: false,
  messageId,
});

test('while a tool works one line says so below the text, and the answer replaces both', () => {
  expect(
    shownAfter([
      begin,
      text('Let me see.'),
      call('search_knowledge'),
      result('search_knowledge', 'run-1.1'),
      text('It is', 0, 'run-1.2'),
      text(' three.', 5, 'run-1.2'),
    ]),
  ).toEqual([
    '',
    'Let me see.',
    'Let me see.\n\n_Searching the knowledge …_',
    'Let me see.\n\n_Searching the knowledge …_',
    'It is',
    'It is three.',
  ]);
});

test('calls of a further step show nothing of the step before', () => {
  const shown = shownAfter([
    begin,
    text('First.'),
    call('run_code'),
    result('run_code', 'run-1.1'),
    call('search_thread', 'run-1.2'),
    result('search_thread', 'run-1.3'),
    text('Second.', 0, 'run-1.4'),
    call('recall', 'run-1.4'),
  ]);
  expect(shown[4]).toBe('_Looking through this conversation …_');
  expect(shown.at(-1)).toBe('Second.\n\n_Recalling what I know …_');
});

test('several calls at once are one line', () => {
  expect(toolStatus(['search_knowledge', 'run_code'])).toBe('_Searching the knowledge and calculating …_');
  expect(toolStatus(['search_knowledge', 'search_knowledge'])).toBe('_Searching the knowledge …_');
  expect(toolStatus(['search_knowledge', 'run_code', 'shop_orders'])).toBe('_Using 3 tools …_');
});

test('the name of a tool is words, whatever a model writes', () => {
  expect(toolStatus(['shop_order-status'])).toBe('_Using shop order status …_');
  const hostile = toolStatus(['@everyone <!channel> [x](https://evil.example) **_`' + 'a'.repeat(100)]);
  expect(hostile).toMatch(/^_Using [\p{L}\p{N} ]{1,40} …_$/u);
  expect(toolStatus(['***'])).toBe('_Using a tool …_');
});
