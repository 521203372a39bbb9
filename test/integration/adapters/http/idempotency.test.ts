import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';

let api: ApiService;
/** What is to fail after it was done, as when a process dies before it answers. */
let failsAfter: 'create' | 'update' | null = null;

const lost = new ThreadrelayError('store_unavailable', 'The answer was lost.', { certain: false });

beforeAll(async () => {
  api = await startApiService({
    workers: 0,
    parts: ({ directory, state, clock }) => ({
      // Half an hour later a claim that was never answered is anybody's.
      clock: { ...clock, now: () => new Date(Date.now() + (failsAfter === null ? 1_800_000 : 0)) },
      directory: {
        ...directory,
        async create(thread, at) {
          const made = await directory.create(thread, at);
          if (failsAfter === 'create') throw lost;
          return made;
        },
      },
      state: {
        ...state,
        async update(threadId, update, at) {
          const made = await state.update(threadId, update, at);
          if (failsAfter === 'update') throw lost;
          return made;
        },
      },
    }),
  });
});

afterAll(() => api.close());

const post = (path: string, key: string, body: object = {}, secret = api.keys.default.write) =>
  api.call('POST', path, { key: secret, body, headers: { 'idempotency-key': key } });

const countThreads = async () => (await api.call('POST', '/threads/count', { body: {} })).body;

describe('a repeated request', () => {
  test('is answered with the same bytes and makes nothing', async () => {
    const key = randomUUID();
    const before = await countThreads();

    const first = await post('/threads', key, { name: 'a', metadata: { x: 1, y: 2 } });
    const again = await post('/threads/', key, { metadata: { y: 2, x: 1 }, name: 'a' });

    expect(first.status).toBe(201);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await countThreads()).toBe(before + 1);
  });

  test('ten times in parallel makes one thread and gets one answer', async () => {
    const key = randomUUID();
    const before = await countThreads();

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post('/threads', key, { name: 'parallel' })),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await countThreads()).toBe(before + 1);
  });

  test('with another body is refused', async () => {
    const key = randomUUID();
    await post('/threads', key, { name: 'a' });

    const other = await post('/threads', key, { name: 'b' });

    expect(other).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
  });

  test('of another project is another request', async () => {
    const key = randomUUID();
    const mine = await post('/threads', key, { name: 'a' });

    const theirs = await post('/threads', key, { name: 'a' }, api.keys.other.write);

    expect(theirs.status).toBe(201);
    expect(theirs.body.thread_id).not.toBe(mine.body.thread_id);
  });

  test('may be mended after it was refused', async () => {
    const key = randomUUID();
    expect((await post('/threads', key, { assistant_id: 'nobody' })).status).toBe(422);

    expect((await post('/threads', key, { assistant_id: 'support' })).status).toBe(201);
  });

  test('finds the thread that was made before the answer was lost', async () => {
    const key = randomUUID();
    const before = await countThreads();
    failsAfter = 'create';
    expect((await post('/threads', key, { name: 'a' })).status).toBe(503);
    failsAfter = null;

    const again = await post('/threads', key, { name: 'a' });

    expect(again).toMatchObject({ body: { name: 'a' } });
    expect(await countThreads()).toBe(before + 1);
    api.faults.splice(0);
  });

  test('finds the thread of its own id that was made before the answer was lost, and takes nobody else’s', async () => {
    const [key, id] = [randomUUID(), randomUUID()];
    failsAfter = 'create';
    expect((await post('/threads', key, { thread_id: id, name: 'a' })).status).toBe(503);
    failsAfter = null;

    const again = await post('/threads', key, { thread_id: id, name: 'a' });
    const another = await post('/threads', randomUUID(), { thread_id: id, name: 'a' });

    expect(again).toMatchObject({ body: { thread_id: id, name: 'a' } });
    expect([again.status < 300, another.status]).toEqual([true, 409]);
    api.faults.splice(0);
  });

  test('appends no message twice when the answer was lost', async () => {
    const { body: thread } = await api.call('POST', '/threads');
    const path = `/threads/${thread.thread_id}/state`;
    const key = randomUUID();
    const body = { values: { messages: [{ type: 'human', content: 'once' }] } };
    failsAfter = 'update';
    expect((await post(path, key, body)).status).toBe(503);
    failsAfter = null;

    const again = await post(path, key, body);

    expect(again.status).toBe(200);
    const { messages } = (await api.call('GET', path)).body.values;
    expect(messages.map(({ content }: { content: string }) => content)).toEqual(['once']);
    api.faults.splice(0);
  });

  test('copies a thread once', async () => {
    const { body: thread } = await api.call('POST', '/threads');
    const before = await countThreads();
    const key = randomUUID();

    const copies = await Promise.all([1, 2, 3].map(() => post(`/threads/${thread.thread_id}/copy`, key)));

    expect(new Set(copies.map(({ text }) => text)).size).toBe(1);
    expect(await countThreads()).toBe(before + 1);
  });

  test.each(['', 'two words', 'x'.repeat(256)])('whose key is "%s" is refused', async (key) => {
    const answer = await post('/threads', key);

    expect(answer).toMatchObject({ status: 422, body: { error: { details: { field: 'idempotency-key' } } } });
  });
});
