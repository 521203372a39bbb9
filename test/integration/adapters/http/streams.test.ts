import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import type { ReadFrame } from '../../../fixtures/sse-reader.ts';
import { asProgram, driveRun } from './run-driver.ts';

vi.setConfig({ testTimeout: 30_000 });

/** No workers: the tests execute their runs themselves. */
let api: ApiService;
let program: ReturnType<typeof asProgram>;
beforeAll(async () => {
  api = await startApiService({ workers: 0 });
  program = asProgram(api);
});
afterAll(() => api.close());

const events = (frames: readonly ReadFrame[]) => frames.map(({ event }) => event);

/** A run under way that a test executes, and its ids. */
async function running(more: object = {}) {
  const threadId = await program.thread();
  const ref = await program.start(threadId, 'Where is my order?', more);
  return { ref, driven: await driveRun(api, threadId) };
}

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

describe('a reader that comes when the stream is gone', () => {
  /** A run that has ended, and all frames of its stream. */
  async function endedRun() {
    const { ref, driven } = await running();
    await driven.say('Hel');
    await driven.say('lo');
    await driven.succeed();
    return { ref, whole: [...(await (await program.join(ref)).ended)] };
  }

  const forget = async (runId: string) => {
    const { commands } = api.queues.connections;
    expect(await commands.del(api.queues.keys.runEvents(runId))).toBe(1);
  };

  test('gets the outcome from the database', async () => {
    const { ref, whole } = await endedRun();
    await forget(ref.runId);
    const frames = await (await program.join(ref)).ended;
    expect(events(frames)).toEqual(['metadata', 'messages', 'values', 'end']);
    expect(frames.slice(-2)).toEqual(whole.slice(-2));
    expect(frames[1]?.data).toMatchObject([{ content: 'Hello' }, {}]);
  });

  test('and names a place in it is told of the gap', async () => {
    const { ref, whole } = await endedRun();
    await forget(ref.runId);
    const frames = await (await program.join(ref, { lastEventId: '1-2.0' })).ended;
    expect(frames[0]).toEqual({ id: '1-end.0', event: 'gap', data: { from: '1-2.0', to: '1-end' } });
    expect(frames.slice(-2)).toEqual(whole.slice(-2));
  });

  test('and was cut inside the outcome gets the rest of it without a gap', async () => {
    const { ref, whole } = await endedRun();
    await forget(ref.runId);
    const values = whole.at(-2)?.id ?? '';
    expect(await (await program.join(ref, { lastEventId: values })).ended).toEqual(whole.slice(-1));
  });

  test('while the run goes on hears the rest, and of the gap', async () => {
    const { ref, driven } = await running();
    await driven.say('Hel');
    await forget(ref.runId);
    await driven.say('lo');
    const reader = await program.join(ref, { lastEventId: '1-1' });
    await reader.has(1);
    await driven.succeed();
    const frames = await reader.ended;
    expect(frames).toMatchObject([
      { id: '1-2', event: 'gap', data: { from: '1-1', to: '1-3' } },
      { id: '1-3.0', event: 'messages', data: [{ content: 'lo' }, {}] },
      { event: 'values', data: { messages: [{}, { content: 'Hello' }] } },
      { event: 'end' },
    ]);
  });

  test('learns of an end that no event tells', async () => {
    const threadId = await program.thread();
    const ref = await program.start(threadId, 'Hi');
    const reader = await program.join(ref);
    // Nobody has begun it, so nobody writes to its stream.
    expect((await api.call('POST', `/threads/${threadId}/runs/${ref.runId}/cancel`)).status).toBe(202);
    const frames = await reader.ended;
    expect(frames.map(({ id, event }) => `${id} ${event}`)).toEqual([
      '0-end.1 metadata',
      '0-end.6 values',
      '0-end end',
    ]);
    expect(frames.at(-1)?.data).toEqual({ run_id: ref.runId, status: 'interrupted' });
  });

  test('of a deleted thread is told that it is gone', async () => {
    const { ref, driven } = await running();
    const reader = await program.join(ref);
    await driven.say('Hel');
    await reader.has(3);
    expect((await api.call('DELETE', `/threads/${ref.threadId}`)).status).toBe(204);
    expect((await reader.ended).slice(-2)).toMatchObject([
      { event: 'error', data: { error: 'not_found' } },
      { event: 'end', data: { status: 'interrupted' } },
    ]);
    await expect(driven.succeed()).rejects.toMatchObject({ code: 'stale_attempt' });
    await eventually(
      async () => ((await api.call('GET', `/threads/${ref.threadId}`)).status === 404 ? true : null),
      'the thread stays deleted',
    );
  });
});
