import { describe, expect, test } from 'vitest';
import { STATE_AFTER, STATE_BEFORE, type StreamFrame } from '../../../../src/core/streaming/frame.ts';
import type { StreamMode } from '../../../../src/core/streaming/stream-mode.ts';
import { attempt, read, type RunHistory, type SaidEvent } from './run-history.ts';

const ANSWER = 'run-1';
const FACTS = { run_id: 'run', thread_id: 'thread', langgraph_node: 'assistant', tags: [] };

const SEARCH: SaidEvent = { type: 'tool_call', id: 'call-1', name: 'search', args: { q: 'tea' } };
const FOUND: SaidEvent = {
  type: 'tool_result',
  id: 'call-1',
  name: 'search',
  result: { hits: 3 },
  isError: false,
};
const END: SaidEvent = { type: 'end', status: 'succeeded' };

function succeeded(...said: SaidEvent[]): RunHistory {
  const events = attempt('run', 1, [...said, END]);
  const text = said.map((each) => (each.type === 'text' ? each.delta : '')).join('');
  return {
    run: { id: 'run', threadId: 'thread', attempt: 1 },
    events,
    outcome: {
      fence: 1,
      attempt: 1,
      status: 'success',
      error: null,
      answer: { id: ANSWER, text, toolCalls: [] },
      isWaiting: false,
      hasState: true,
    },
  };
}

const GREETING = succeeded({ type: 'text', delta: 'Hel' }, { type: 'text', delta: 'lo' });

/** Event and data of the frames of one mode, without those that every reader gets. */
function told(history: RunHistory, mode: StreamMode) {
  return read(history, { modes: [mode] })
    .filter(({ event }) => event !== 'metadata' && event !== 'end')
    .map(({ event, data }) => [event, data]);
}

const events = (frames: readonly StreamFrame[]) => frames.map(({ id, event }) => `${id} ${event}`);

describe('the frames of a run', () => {
  test('are named by the events that they come from, the last frame of an event by its id alone', () => {
    expect(events(read(GREETING, { modes: ['values', 'messages-tuple', 'messages'] }))).toEqual([
      '1-1.0 metadata',
      '1-1 values',
      '1-2.0 messages',
      '1-2.1 messages/metadata',
      '1-2 messages/partial',
      '1-3.0 messages',
      '1-3 messages/partial',
      '1-end.4 messages/complete',
      '1-end.6 values',
      '1-end end',
    ]);
  });

  test('tell everybody the run, its attempt and its end', () => {
    expect(read(GREETING, { modes: [] })).toEqual([
      { id: '1-1.0', event: 'metadata', data: { run_id: 'run', attempt: 1 } },
      { id: '1-end', event: 'end', data: { run_id: 'run', status: 'success' } },
    ]);
  });

  test('values: the state before the answer and the state with it', () => {
    expect(told(GREETING, 'values')).toEqual([
      ['values', STATE_BEFORE],
      ['values', STATE_AFTER],
    ]);
  });

  test('messages-tuple: what was added, under one id, with who said it', () => {
    const chunk = { type: 'AIMessageChunk', id: ANSWER, tool_call_chunks: [] };
    expect(told(GREETING, 'messages-tuple')).toEqual([
      ['messages', [{ ...chunk, content: 'Hel' }, FACTS]],
      ['messages', [{ ...chunk, content: 'lo' }, FACTS]],
    ]);
  });

  test('messages: the message as it grows, and as it is stored', () => {
    const said = (content: string) => [{ type: 'ai', id: ANSWER, content }];
    expect(told(GREETING, 'messages')).toEqual([
      ['messages/metadata', { [ANSWER]: { metadata: FACTS } }],
      ['messages/partial', said('Hel')],
      ['messages/partial', said('Hello')],
      ['messages/complete', said('Hello')],
    ]);
  });

  test('updates: what was added to the state, by who added it', () => {
    const result = { type: 'tool', id: 'call-1-result', tool_call_id: 'call-1', name: 'search' };
    expect(told(succeeded(SEARCH, FOUND, { type: 'text', delta: '3 teas' }), 'updates')).toEqual([
      ['updates', { tools: { messages: [{ ...result, content: '{"hits":3}', status: 'success' }] } }],
      ['updates', { assistant: { messages: [{ type: 'ai', id: ANSWER, content: '3 teas' }] } }],
    ]);
  });

  test('tools: each call and what came of it', () => {
    const failed: SaidEvent = {
      ...FOUND,
      type: 'tool_result',
      id: 'call-1',
      name: 'search',
      result: 'no index',
      isError: true,
    };
    const call = { toolCallId: 'call-1', name: 'search' };
    expect(told(succeeded(SEARCH, FOUND), 'tools')).toEqual([
      ['tools', { event: 'on_tool_start', ...call, input: { q: 'tea' } }],
      ['tools', { event: 'on_tool_end', ...call, output: { hits: 3 } }],
    ]);
    expect(told(succeeded(failed), 'tools')).toEqual([
      ['tools', { event: 'on_tool_error', ...call, error: 'no index' }],
    ]);
  });

  test('messages-tuple: a call is a chunk of the answer, and its result a message', () => {
    expect(told(succeeded(SEARCH, FOUND), 'messages-tuple')).toMatchObject([
      [
        'messages',
        [
          {
            type: 'AIMessageChunk',
            id: ANSWER,
            content: '',
            tool_call_chunks: [{ id: 'call-1', name: 'search', args: '{"q":"tea"}' }],
          },
          FACTS,
        ],
      ],
      [
        'messages',
        [{ type: 'tool', tool_call_id: 'call-1', content: '{"hits":3}' }, { langgraph_node: 'tools' }],
      ],
    ]);
  });

  test('custom: what a workflow emits, by its name', () => {
    expect(told(succeeded({ type: 'custom', name: 'progress', data: { done: 0.5 } }), 'custom')).toEqual([
      ['custom', { name: 'progress', data: { done: 0.5 } }],
    ]);
  });
});

describe('a new attempt', () => {
  const again: RunHistory = {
    ...GREETING,
    events: [
      ...attempt('run', 1, [{ type: 'text', delta: 'Hi, I wan' }]),
      ...attempt('run', 2, [{ type: 'text', delta: 'Hello' }, END]),
    ],
    outcome: {
      ...GREETING.outcome,
      fence: 2,
      attempt: 2,
      answer: { id: 'run-2', text: 'Hello', toolCalls: [] },
    },
  };

  test('begins with metadata and the state before the answer, and its text has an id of its own', () => {
    expect(read(again, { modes: ['values', 'messages-tuple'] })).toMatchObject([
      { id: '1-1.0', event: 'metadata', data: { attempt: 1 } },
      { id: '1-1', event: 'values', data: STATE_BEFORE },
      { id: '1-2.0', event: 'messages', data: [{ id: 'run-1', content: 'Hi, I wan' }, FACTS] },
      { id: '2-1.0', event: 'metadata', data: { attempt: 2 } },
      { id: '2-1', event: 'values', data: STATE_BEFORE },
      { id: '2-2.0', event: 'messages', data: [{ id: 'run-2', content: 'Hello' }, FACTS] },
      { id: '2-end.6', event: 'values' },
      { id: '2-end', event: 'end' },
    ]);
  });

  test('reaches a reader that was cut in the one before, without a gap', () => {
    const rest = read(again, { modes: ['values'], after: '1-2.0' });
    expect(events(rest)).toEqual(['2-1.0 metadata', '2-1 values', '2-end.6 values', '2-end end']);
  });
});

describe('the end', () => {
  test('of a failed run says why, after the state without the void text', () => {
    const failed: RunHistory = {
      ...GREETING,
      outcome: {
        ...GREETING.outcome,
        status: 'error',
        error: { error: 'model_failed', message: 'The model refused.' },
        answer: null,
      },
    };
    expect(read(failed, { modes: ['values', 'updates', 'messages'] }).slice(-3)).toEqual([
      { id: '1-end.6', event: 'values', data: STATE_AFTER },
      { id: '1-end.7', event: 'error', data: { error: 'model_failed', message: 'The model refused.' } },
      { id: '1-end', event: 'end', data: { run_id: 'run', status: 'error' } },
    ]);
    expect(events(read(failed, { modes: ['updates', 'messages'] })).join()).not.toContain('complete');
  });

  test('of a run whose thread was deleted says so, and tells no state', () => {
    const error = { error: 'not_found', message: 'The thread was deleted.' };
    const deleted: RunHistory = {
      ...GREETING,
      outcome: { ...GREETING.outcome, status: 'interrupted', error, answer: null, hasState: false },
    };
    expect(events(read(deleted)).slice(-2)).toEqual(['1-end.7 error', '1-end end']);
  });

  test('gives the whole answer to a reader whose run is no longer in the stream', () => {
    const frames = read({ ...GREETING, events: [] }, { modes: ['values', 'messages-tuple', 'messages'] });
    expect(frames).toMatchObject([
      { id: '1-end.1', event: 'metadata', data: { run_id: 'run', attempt: 1 } },
      { id: '1-end.2', event: 'messages', data: [{ type: 'AIMessageChunk', content: 'Hello' }, FACTS] },
      { id: '1-end.3', event: 'messages/metadata' },
      { id: '1-end.4', event: 'messages/complete', data: [{ content: 'Hello' }] },
      { id: '1-end.6', event: 'values', data: STATE_AFTER },
      { id: '1-end', event: 'end' },
    ]);
  });

  test('gives the rest of a text of which the stream lost the end, and says that something is missing', () => {
    const [begun = GREETING.events[0], first] = GREETING.events;
    if (begun === undefined || first === undefined) throw new Error('the greeting has events');
    const frames = read({ ...GREETING, events: [begun, first] }, { modes: ['messages-tuple'] });
    expect(frames.slice(2)).toMatchObject([
      { id: '1-end.0', event: 'gap', data: { from: '1-2', to: '1-end' } },
      { id: '1-end.2', event: 'messages', data: [{ content: 'lo' }, FACTS] },
      { id: '1-end', event: 'end' },
    ]);
  });

  test('is whole without a word of a gap when only the word of the end was lost', () => {
    const frames = read({ ...GREETING, events: GREETING.events.slice(0, -1) });
    expect(frames).toEqual(read(GREETING));
  });
});

describe('the frames of a run that waits for people', () => {
  const ASKS: SaidEvent = { type: 'approval', calls: [], expiresAt: 0 };
  const modes: StreamMode[] = ['values', 'messages-tuple'];
  const asked = attempt('run', 1, [{ type: 'text', delta: 'May I?' }, ASKS]);
  const { run, outcome } = GREETING;
  const waiting: RunHistory = {
    run,
    events: asked,
    outcome: { ...outcome, status: 'pending', answer: null, isWaiting: true },
  };

  test('end with what it waits for, for whoever comes again as well', () => {
    const whole = events(read(waiting, { modes }));
    expect(whole.slice(-3)).toEqual(['1-3 updates', '1-rest.6 values', '1-rest end']);
    expect(events(read(waiting, { modes, after: '1-3' }))).toEqual(whole.slice(-2));
    expect(events(read(waiting, { modes, after: '1-rest' }))).toEqual(['1-rest end']);
  });

  test('go on behind that when they have decided, also where the stream is lost', () => {
    const answer = { id: 'run-2', text: 'Done.', toolCalls: [] };
    const ended = { ...outcome, fence: 2, attempt: 2, answer };
    const after = attempt('run', 2, [{ type: 'text', delta: 'Done.' }, END]);
    const history = { run: { ...run, attempt: 2 }, events: [...asked, ...after], outcome: ended };
    const rest = ['2-1.0 metadata', '2-1 values', '2-2.0 messages', '2-end.6 values', '2-end end'];
    expect(events(read(history, { modes, after: '1-rest' }))).toEqual(rest);
    const lost = read({ ...history, events: [] }, { modes: ['messages-tuple'], after: '1-rest' });
    expect(lost.map(({ event }) => event)).toEqual(['metadata', 'messages', 'end']);
  });

  test('tell how it ended when it is cancelled while it waits', () => {
    const cancelled = { ...outcome, status: 'interrupted', answer: null };
    const history = { run, events: asked, outcome: cancelled };
    const rest = ['1-end.6 values', '1-end end'];
    expect(events(read(history, { modes, after: '1-rest' }))).toEqual(rest);
    expect(events(read({ ...history, events: [] }, { modes, after: '1-rest' })).slice(-2)).toEqual(rest);
  });
});
