import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { asProgram } from './run-driver.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Answers a word every 20 ms, for two seconds. */
let api: ApiService;
let program: ReturnType<typeof asProgram>;
beforeAll(async () => {
  const reply = Array.from({ length: 100 }, (_, word) => `word${word}`).join(' ');
  api = await startApiService({ script: { delayMs: 20, reply, chunk: null } });
  program = asProgram(api);
});
afterAll(() => api.close());

type Ref = { threadId: string; runId: string };

const cancel = ({ threadId, runId }: Ref, query: string) =>
  api.call('POST', `/threads/${threadId}/runs/${runId}/cancel${query}`);

/** A run that has said something. */
async function speaking(more: object = {}): Promise<Ref> {
  const ref = await program.start(await program.thread(), 'Speak', more);
  const reader = await program.join(ref);
  await reader.first(({ event }) => event === 'messages');
  reader.cut();
  return ref;
}

const ended = (ref: Ref) =>
  eventually(async () => {
    const { status } = await program.run(ref);
    return status === 'pending' || status === 'running' ? null : (status as string);
  }, 'the run ends');

describe('cancelling a run', () => {
  test('is answered at once, and the run settles soon after', async () => {
    const ref = await speaking();
    const begun = performance.now();
    const answer = await cancel(ref, '?wait=0&action=interrupt');
    expect(answer).toMatchObject({ status: 202, text: '' });
    // The answer did not wait for the end.
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(await ended(ref)).toBe('interrupted');
    const { messages } = await program.state(ref.threadId);
    expect(messages).toMatchObject([{ content: 'Speak' }, { type: 'ai' }]);
    expect(messages[1].content).toMatch(/^word0 /);
    expect((await api.call('GET', `/threads/${ref.threadId}`)).body.status).toBe('interrupted');
  });

  test('with wait is answered when it has settled', async () => {
    const ref = await speaking();
    const reader = await program.join(ref);
    const answer = await cancel(ref, '?wait=1');
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(await program.run(ref)).toMatchObject({ status: 'interrupted' });
    const frames = await reader.ended;
    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { status: 'interrupted' } });
    expect(frames.map(({ event }) => event)).not.toContain('error');
  });

  test('by rollback forgets its input too', async () => {
    const ref = await speaking();
    expect((await cancel(ref, '?wait=true&action=rollback')).status).toBe(204);
    expect(await program.state(ref.threadId)).toEqual({ messages: [] });
    const history = await api.call('GET', `/threads/${ref.threadId}/history`);
    expect(history.text).not.toContain('Speak');
  });

  test('that waits for its turn ends it at once', async () => {
    const first = await speaking();
    const second = await program.start(first.threadId, 'Next');
    expect((await cancel(second, '?wait=1')).status).toBe(204);
    expect(await program.run(second)).toMatchObject({ status: 'interrupted' });
    expect(await program.run(first)).toMatchObject({ status: 'running' });
    await cancel(first, '?wait=1');
  });

  test('that has ended changes nothing, and cannot roll it back', async () => {
    const ref = await speaking();
    await cancel(ref, '?wait=1');
    const before = await program.state(ref.threadId);
    expect((await cancel(ref, '')).status).toBe(202);
    expect((await cancel(ref, '?wait=1')).status).toBe(204);
    expect(await cancel(ref, '?action=rollback')).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    });
    expect(await program.state(ref.threadId)).toEqual(before);
  });
});

describe('a run whose client went away', () => {
  test('is cancelled when it says so', async () => {
    const threadId = await program.thread();
    const body = { ...program.question('Speak'), on_disconnect: 'cancel' };
    const reader = await program.stream(`/threads/${threadId}/runs/stream`, body);
    await reader.first(({ event }) => event === 'messages');
    const [{ run_id: runId }] = (await api.call('GET', `/threads/${threadId}/runs`)).body;
    reader.cut();
    expect(await ended({ threadId, runId })).toBe('interrupted');
  });

  test('continues otherwise', async () => {
    const threadId = await program.thread();
    const reader = await program.stream(`/threads/${threadId}/runs/stream`, program.question('Speak'));
    await reader.first(({ event }) => event === 'messages');
    reader.cut();
    const [{ run_id: runId }] = (await api.call('GET', `/threads/${threadId}/runs`)).body;
    expect(await ended({ threadId, runId })).toBe('success');
  });

  test('is cancelled when it was waited for so', async () => {
    const threadId = await program.thread();
    const leaving = new AbortController();
    const waiting = fetch(`${api.url}/threads/${threadId}/runs/wait`, {
      method: 'POST',
      headers: { 'x-api-key': api.keys.default.write, 'content-type': 'application/json' },
      body: JSON.stringify({ ...program.question('Speak'), on_disconnect: 'cancel' }),
      signal: leaving.signal,
    });
    // The ids are there before the outcome.
    const location = (await waiting).headers.get('content-location') ?? '';
    leaving.abort();
    expect(await ended({ threadId, runId: location.split('/').at(-1) ?? '' })).toBe('interrupted');
  });

  test('is cancelled by the one reader that says so, and not by others', async () => {
    const ref = await speaking();
    const casual = await program.join(ref);
    const owner = await program.join(ref, { query: '?cancel_on_disconnect=1' });
    await Promise.all([casual.has(3), owner.has(3)]);
    casual.cut();
    await owner.has(owner.frames.length + 10);
    expect(await program.run(ref)).toMatchObject({ status: 'running' });
    owner.cut();
    expect(await ended(ref)).toBe('interrupted');
  });

  test('is not cancelled by a reader that reads to the end', async () => {
    const threadId = await program.thread();
    const body = { ...program.question('Speak'), on_disconnect: 'cancel' };
    const frames = await (await program.stream(`/threads/${threadId}/runs/stream`, body)).ended;
    expect(frames.at(-1)).toMatchObject({ data: { status: 'success' } });
  });
});

describe('a run that comes while another one is under way', () => {
  const next = (threadId: string, strategy: string) =>
    api.call('POST', `/threads/${threadId}/runs`, {
      body: { ...program.question('Next'), multitask_strategy: strategy },
    });

  test('interrupts it and keeps what it said, with "interrupt"', async () => {
    const first = await speaking();
    const second = await next(first.threadId, 'interrupt');
    expect(await ended(first)).toBe('interrupted');
    await cancel({ threadId: first.threadId, runId: second.body.run_id }, '?wait=1');
    const { messages } = await program.state(first.threadId);
    const spoken = messages.filter(({ type }: { type: string }) => type === 'human');
    expect(spoken).toMatchObject([{ content: 'Speak' }, { content: 'Next' }]);
    expect(messages.find(({ type }: { type: string }) => type === 'ai')?.content).toMatch(/^word0/);
  });

  test('stops and forgets it, with "rollback"', async () => {
    const first = await speaking();
    const second = await next(first.threadId, 'rollback');
    expect(await ended(first)).toBe('interrupted');
    await cancel({ threadId: first.threadId, runId: second.body.run_id }, '?wait=1');
    const { messages } = await program.state(first.threadId);
    expect(messages[0]).toMatchObject({ type: 'human', content: 'Next' });
  });

  test('waits for it, with "enqueue"', async () => {
    const first = await speaking();
    const second = await next(first.threadId, 'enqueue');
    const ref = { threadId: first.threadId, runId: second.body.run_id };
    expect(await program.run(ref)).toMatchObject({ status: 'pending', multitask_strategy: 'enqueue' });
    expect(await ended(first)).toBe('success');
    await eventually(
      async () => ((await program.run(ref)).status === 'running' ? true : null),
      'the second one begins',
    );
    await cancel(ref, '?wait=1');
  });
});
