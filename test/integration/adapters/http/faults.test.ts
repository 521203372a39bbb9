import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { BAD_REQUESTS } from './bad-requests.ts';

let api: ApiService;

beforeAll(async () => {
  api = await startApiService({ workers: 0 });
});

afterAll(() => api.close());

/** What comes back on a connection of its own. */
function sendRaw(request: string): Promise<string> {
  const { port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(request));
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('is refused with a sentence and the field at fault', () => {
  test.each(BAD_REQUESTS)('%s', async (_what, method, path, body, status, code, field) => {
    const answer = await api.call(method, path, body === undefined ? {} : { body });

    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      error: {
        code,
        message: expect.stringMatching(/^[A-Za-z$_].*\.$/s),
        ...(field === undefined ? {} : { details: { field } }),
      },
    });
  });

  test('a body that is not declared as JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'x']) {
      const answer = await api.call('POST', '/threads', { body: '{}', headers: { 'content-type': type } });

      expect(answer).toMatchObject({ status: 415, body: { error: { code: 'unsupported_media_type' } } });
    }
  });

  test('a request without a key, or with one that is none', async () => {
    for (const headers of [{}, { authorization: 'Basic eDp5' }, { 'x-api-key': `tr_${'a'.repeat(43)}` }]) {
      const answer = await api.call('GET', '/threads', { key: null, headers });

      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  test.each([
    ['what is no HTTP', 'what is this\r\n\r\n'],
    ['a request that names no host', 'GET /threads HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a request of a future version', 'GET /threads HTTP/9.9\r\nHost: api\r\n\r\n'],
  ])('%s', async (_what, request) => {
    const answer = await sendRaw(request);

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      error: { code: 'malformed_request' },
    });
  });

  test('nothing that a client merely expects of HTTP', async () => {
    const answer = await sendRaw(
      'GET /ok HTTP/1.1\r\nHost: api\r\nExpect: wonders\r\nConnection: close\r\n\r\n',
    );

    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a path with a prefix, and an address beside the routes', async () => {
    for (const path of ['/api/threads', '/threads/x/y/z', '//threads', '/threads/../admin', '/']) {
      const answer = await api.call('GET', path);

      expect(answer.body).toMatchObject({ error: { code: 'not_found' } });
    }
  });
});

describe('content of every kind comes back as it was sent', () => {
  test.each([
    ['emoji and scripts', '👩‍👩‍👧 שלום 你好 \u202e \ufeff'],
    ['control characters', 'a\u0001\u001f\u007f\u0085\u2028b'],
    ['what looks like code', "'; DROP TABLE threads; -- <script>${1}{{1}}"],
    ['half a megabyte', 'x'.repeat(500_000)],
  ])('%s', async (_what, content) => {
    const { body: thread } = await api.call('POST', '/threads');
    const path = `/threads/${thread.thread_id}/state`;

    const stored = await api.call('POST', path, {
      body: { values: { messages: [{ type: 'human', content }] } },
    });

    expect(stored.status).toBe(200);
    expect((await api.call('GET', path)).body.values.messages[0].content).toBe(content);
  });

  test('metadata of every kind', async () => {
    const metadata = {
      text: '😀',
      number: 1.5,
      negative: -7,
      large: 9_007_199_254_740_991,
      yes: true,
      list: [1, 'a', null, { $x: { 'a.b': 1 } }],
      object: { $set: { 'a.b': [] } },
    };

    const { status, body } = await api.call('POST', '/threads', { body: { metadata } });

    expect(status).toBe(201);
    const { body: found } = await api.call('GET', `/threads/${body.thread_id}`);
    expect(found.metadata).toEqual({ ...metadata, graph_id: 'support', assistant_id: 'support' });
  });
});

describe('a fault of ours', () => {
  test('is told to the operator, and to the asker only that there was one', async () => {
    const fault = new Error('mongodb://user:password@host');
    const broken = await startApiService({
      workers: 0,
      parts: ({ directory }) => ({ directory: { ...directory, find: () => Promise.reject(fault) } }),
    });

    const answer = await broken.call('GET', '/threads/x');

    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      error: { code: 'internal', message: 'Something went wrong on our side.' },
    });
    expect(broken.faults.splice(0)).toEqual([fault]);
    await broken.close();
  });

  test('such as a store that is away is answered with 503 and when to try again', async () => {
    const away = new ThreadrelayError('store_unavailable', 'The database did not take the request.', {
      retryable: true,
    });
    const broken = await startApiService({
      workers: 0,
      parts: ({ directory }) => ({ directory: { ...directory, find: () => Promise.reject(away) } }),
    });

    const answer = await broken.call('GET', '/threads/x');

    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'store_unavailable' } } });
    expect(answer.headers.get('retry-after')).toBe('1');
    broken.faults.splice(0);
    await broken.close();
  });
});

test('a key that asks too often waits as long as it is told, and others do not', async () => {
  const asked = new Map<string, number>();
  const limited = await startApiService({
    workers: 0,
    parts: () => ({
      limiter: {
        async take(key) {
          const count = (asked.get(key) ?? 0) + 1;
          asked.set(key, count);
          return count <= 2 ? { allowed: true } : { allowed: false, retryAfterMs: 1_500 };
        },
      },
    }),
  });
  const ask = (key: string) => limited.call('GET', '/threads', { key });

  const answers = [await ask(limited.keys.default.read), await ask(limited.keys.default.read)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const refused = await ask(limited.keys.default.read);
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
  expect(refused.headers.get('retry-after')).toBe('2');
  expect((await ask(limited.keys.other.read)).status).toBe(200);
  await limited.close();
});
