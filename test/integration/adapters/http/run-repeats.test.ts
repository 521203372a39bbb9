import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { asProgram } from './run-driver.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Answers with an echo. */
let api: ApiService;
let program: ReturnType<typeof asProgram>;
beforeAll(async () => {
  api = await startApiService();
  program = asProgram(api);
});
afterAll(() => api.close());

const wait = (threadId: string, body: object) => api.call('POST', `/threads/${threadId}/runs/wait`, { body });

/** Contents of a thread's messages. */
async function contents(threadId: string): Promise<string[]> {
  const { messages } = await program.state(threadId);
  return messages.map(({ content }: { content: string }) => content);
}

describe('messages that are in the thread already', () => {
  const said = (id: string, content: string) => ({ type: 'human', id, content });
  const send = (threadId: string, ...messages: object[]) =>
    wait(threadId, { assistant_id: 'support', input: { messages } });

  test('are not appended again, and start no second run', async () => {
    const threadId = await program.thread();
    const first = await send(threadId, said('a', 'Hi'));
    const again = await send(threadId, said('a', 'Hi'));
    expect(again.headers.get('content-location')).toBe(first.headers.get('content-location'));
    expect(again.body).toEqual(first.body);
    expect(await contents(threadId)).toHaveLength(2);
  });

  test('are left out beside new ones, as from clients that send the whole conversation', async () => {
    const threadId = await program.thread();
    const first = await send(threadId, said('a', 'Hi'));
    const answer = first.body.messages[1];
    const second = await send(threadId, said('a', 'Hi'), said('b', 'And now?'));
    expect(second.status).toBe(200);
    expect(await contents(threadId)).toEqual(['Hi', answer.content, 'And now?', 'You said: And now?']);
  });

  test('start a run when they have started none', async () => {
    const threadId = await program.thread();
    await api.call('POST', `/threads/${threadId}/state`, {
      body: { values: { messages: [said('a', 'Hi')] } },
    });
    const { body } = await send(threadId, said('a', 'Hi'));
    expect(body.messages).toMatchObject([{ id: 'a' }, { type: 'ai' }]);
  });

  test('are refused when they say something else, or were deleted', async () => {
    const threadId = await program.thread();
    await send(threadId, said('a', 'Hi'));
    const changed = await send(threadId, said('b', 'New'), said('a', 'Ho'));
    expect(changed).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', details: { field: 'input.messages.1.id' } } },
    });
    await api.call('POST', `/threads/${threadId}/state`, {
      body: { values: { messages: [{ type: 'remove', id: 'a' }] } },
    });
    expect(await send(threadId, said('a', 'Hi'))).toMatchObject({ status: 409 });
    expect(await contents(threadId)).toHaveLength(2);
  });
});

describe('a run with an Idempotency-Key', () => {
  const key = (name: string) => ({ 'idempotency-key': name });

  test('is one run for all who ask at once, and each gets the same answer', async () => {
    const threadId = await program.thread();
    const body = program.question('Hi');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        api.call('POST', `/threads/${threadId}/runs`, { body, headers: key('once') }),
      ),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect((await api.call('GET', `/threads/${threadId}/runs`)).body).toHaveLength(1);
    const other = await api.call('POST', `/threads/${threadId}/runs`, {
      body: program.question('Ho'),
      headers: key('once'),
    });
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
  });

  test('is followed from its start by whoever repeats the request', async () => {
    const threadId = await program.thread();
    const stream = () =>
      program.stream(`/threads/${threadId}/runs/stream`, program.question('Hi'), {
        headers: { ...key('stream'), 'x-api-key': api.keys.default.write },
      });
    const first = await stream();
    await first.has(1);
    first.cut();
    const second = await stream();
    const frames = await second.ended;
    expect(frames.map(({ id }) => id)).toContain('1-1.0');
    expect(frames.at(-1)?.event).toBe('end');
    expect(second.headers['content-location']).toBe(first.headers['content-location']);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await contents(threadId)).toEqual(['Hi', 'You said: Hi']);
  });

  test('and a thread of its own is made once, with one thread', async () => {
    const ask = () => api.call('POST', '/runs/wait', { body: program.question('Hi'), headers: key('alone') });
    const first = await ask();
    const again = await ask();
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('content-location')).toBe(first.headers.get('content-location'));
  });
});
