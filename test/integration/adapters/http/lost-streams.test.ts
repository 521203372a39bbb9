import { describe, expect, test, vi } from 'vitest';
import { eventually } from '../../../fixtures/eventually.ts';
import type { ReadFrame } from '../../../fixtures/sse-reader.ts';
import { openQuietApi } from './run-driver.ts';

vi.setConfig({ testTimeout: 30_000 });

const { api, program, running } = await openQuietApi();

const events = (frames: readonly ReadFrame[]) => frames.map(({ event }) => event);

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
      '1-end.1 metadata',
      '1-end.6 values',
      '1-end end',
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
