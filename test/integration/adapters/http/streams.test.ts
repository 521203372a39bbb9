import { describe, expect, test, vi } from 'vitest';
import type { ReadFrame } from '../../../fixtures/sse-reader.ts';
import { driveRun, openQuietApi } from './run-driver.ts';

vi.setConfig({ testTimeout: 30_000 });

const { api, program, running } = await openQuietApi();

const events = (frames: readonly ReadFrame[]) => frames.map(({ event }) => event);

describe('the stream of a run', () => {
  test('begins with metadata and the state, tells what is said as it is said, and ends with the state and end', async () => {
    const threadId = await program.thread();
    const reader = await program.stream(`/threads/${threadId}/runs/stream`, program.question('Hi'));
    const driven = await driveRun(api, threadId);
    const { run } = driven;
    await driven.say('Hel');
    await reader.has(3);
    await driven.say('lo');
    await driven.succeed();

    const id = `${run.id}-1`;
    const facts = { run_id: run.id, thread_id: threadId, langgraph_node: 'assistant', tags: [] };
    const question = { type: 'human', id: expect.any(String), content: 'Hi' };
    const chunk = { type: 'AIMessageChunk', id, tool_call_chunks: [] };
    expect(await reader.ended).toEqual([
      { id: '1-1.0', event: 'metadata', data: { run_id: run.id, attempt: 1 } },
      { id: '1-1', event: 'values', data: { messages: [question] } },
      { id: '1-2.0', event: 'messages', data: [{ ...chunk, content: 'Hel' }, facts] },
      { id: '1-3.0', event: 'messages', data: [{ ...chunk, content: 'lo' }, facts] },
      {
        id: '1-end.6',
        event: 'values',
        data: { messages: [question, { type: 'ai', id, content: 'Hello' }] },
      },
      { id: '1-end', event: 'end', data: { run_id: run.id, status: 'success' } },
    ]);
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'content-location': `/threads/${threadId}/runs/${run.id}`,
      location: `/threads/${threadId}/runs/${run.id}/stream`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  test('is the same for who starts it, who joins it, and who comes from before the first step', async () => {
    const threadId = await program.thread();
    const messages = [
      { type: 'system', content: 'Be brief.' },
      { type: 'human', id: 'mine', name: 'Ada', content: [{ type: 'text', text: 'Hi' }] },
      { type: 'ai', content: '', tool_calls: [{ id: 'c1', name: 'find', args: { order: 4711 } }] },
      { type: 'tool', content: 'sent', tool_call_id: 'c1' },
    ];
    const body = { assistant_id: 'support', input: { messages } };
    const starter = await program.stream(`/threads/${threadId}/runs/stream`, body);
    const driven = await driveRun(api, threadId);
    const joiner = await program.join({ threadId, runId: driven.run.id });
    await driven.succeed();
    const whole = await starter.ended;
    expect(whole[1]?.data).toMatchObject({ messages: [{}, { id: 'mine', name: 'Ada' }, {}, {}] });
    expect(await joiner.ended).toEqual(whole);
    // A thread that has a state already is asked for it.
    await api.call('POST', `/threads/${threadId}/state`, { body: { values: { mood: 'calm' } } });
    const again = await program.stream(`/threads/${threadId}/runs/stream`, program.question('More'));
    const second = await driveRun(api, threadId);
    await second.succeed();
    const state = (await again.ended)[1]?.data;
    expect(state).toMatchObject({
      mood: 'calm',
      messages: [{}, {}, {}, {}, { type: 'ai' }, { content: 'More' }],
    });
  });

  test('is told in the modes that were asked for, also to whoever comes back without saying them again', async () => {
    const { ref, driven } = await running({ stream_mode: ['messages', 'custom'] });
    await driven.tell({ type: 'custom', name: 'progress', data: 0.5 });
    await driven.say('Hi');
    await driven.succeed();

    const back = await (await program.join(ref)).ended;
    expect(events(back)).toEqual([
      'metadata',
      'custom',
      'messages/metadata',
      'messages/partial',
      'messages/complete',
      'end',
    ]);
    const other = await (await program.join(ref, { query: '?stream_mode=updates&stream_mode=values' })).ended;
    expect(events(other)).toEqual(['metadata', 'values', 'updates', 'values', 'end']);
    const listed = await (await program.join(ref, { query: '?stream_mode=["tools"]' })).ended;
    expect(events(listed)).toEqual(['metadata', 'end']);
  });

  test('is whole for every reader, whenever it comes', async () => {
    const { ref, driven } = await running();
    const early = await Promise.all([program.join(ref), program.join(ref)]);
    for (let word = 0; word < 20; word += 1) await driven.say(`${word} `);
    const late = await program.join(ref);
    for (let word = 20; word < 40; word += 1) await driven.say(`${word} `);
    await driven.succeed();
    const after = await program.join(ref);

    const [whole = [], ...others] = await Promise.all([...early, late, after].map((reader) => reader.ended));
    expect(whole).toHaveLength(44);
    for (const frames of others) expect(frames).toEqual(whole);
  });

  test('goes on exactly after any frame that a reader names', async () => {
    const { ref, driven } = await running({ stream_mode: ['values', 'messages-tuple', 'messages', 'tools'] });
    await driven.say('Let me see. ');
    await driven.tell({ type: 'tool_call', id: 'c1', name: 'find', args: { order: 4711 } });
    await driven.tell({ type: 'tool_result', id: 'c1', name: 'find', result: 'sent', isError: false });
    await driven.say('It was sent.');
    const open = await program.join(ref);
    const before = [...(await open.has(12))];
    await driven.succeed();

    const whole = await open.ended;
    expect(whole.slice(0, before.length)).toEqual(before);
    for (const [index, { id }] of whole.entries()) {
      const rest = await (await program.join(ref, { lastEventId: id })).ended;
      expect(rest).toEqual(index === whole.length - 1 ? whole.slice(-1) : whole.slice(index + 1));
    }
    expect(await (await program.join(ref, { lastEventId: '-1' })).ended).toEqual(whole);
  });

  test('begins anew with a new attempt, and says so', async () => {
    const { ref, driven } = await running();
    const reader = await program.join(ref);
    await driven.say('Half an ans');
    const { fence } = driven.run;
    await api.stores.runs.release({ ...ref, fence }, new Date(), true);
    const again = await driveRun(api, ref.threadId);
    await again.say('Whole.');
    await again.succeed();

    const frames = await reader.ended;
    expect(frames.filter(({ event }) => event === 'metadata').map(({ data }) => data)).toEqual([
      { run_id: ref.runId, attempt: 1 },
      { run_id: ref.runId, attempt: 2 },
    ]);
    expect(events(frames)).toEqual([
      'metadata',
      'values',
      'messages',
      'metadata',
      'values',
      'messages',
      'values',
      'end',
    ]);
    expect(frames.at(-2)?.data).toMatchObject({ messages: [{ type: 'human' }, { content: 'Whole.' }] });
  });

  test('of a run that failed tells why', async () => {
    const { ref, driven } = await running();
    await driven.say('void');
    const lease = { ...ref, fence: driven.run.fence };
    const error = { code: 'model_failed' as const, message: 'The model refused.' };
    await api.stores.runs.settle(lease, {
      status: 'failed',
      messages: [],
      error,
      usage: null,
      routing: null,
      endedAt: new Date(),
    });
    await driven.tell({ type: 'end', status: 'failed' });

    const frames = await (await program.join(ref)).ended;
    expect(frames.slice(-3)).toMatchObject([
      { event: 'values', data: { messages: [{ type: 'human' }] } },
      { event: 'error', data: { error: 'model_failed', message: 'The model refused.' } },
      { event: 'end', data: { status: 'error' } },
    ]);
  });

  test('an event reaches its reader within milliseconds', async () => {
    const { ref, driven } = await running();
    const reader = await program.join(ref);
    await reader.has(2);
    const took: number[] = [];
    for (let word = 0; word < 50; word += 1) {
      const begun = performance.now();
      const told = driven.say(`${word} `);
      await reader.has(3 + word);
      took.push(performance.now() - begun);
      await told;
    }
    await driven.succeed();
    await reader.ended;
    // Well under any interval at which it could have been asked for.
    expect(took.toSorted((a, b) => a - b)[25]).toBeLessThan(25);
  });

  test('a place that no frame of the run has is refused', async () => {
    const { ref } = await running();
    for (const lastEventId of ['nonsense', '1-2-3', '9-1', '-2']) {
      const { status, body } = await api.call('GET', `/threads/${ref.threadId}/runs/${ref.runId}/stream`, {
        headers: { 'last-event-id': lastEventId },
      });
      expect({ status, body }).toMatchObject({
        status: 422,
        body: { error: { code: 'invalid_input', details: { field: 'Last-Event-ID' } } },
      });
    }
  });
});
