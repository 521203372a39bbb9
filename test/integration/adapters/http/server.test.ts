import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';

const PAGE = 'https://console.example.com';

let api: ApiService;
let open: ApiService;
const ended: { route: string; method: string; status: number; seconds: number }[] = [];

beforeAll(async () => {
  api = await startApiService({
    workers: 0,
    telemetry: {
      requestEnded: (request, seconds) => ended.push({ ...request, seconds }),
      streamOpened() {},
      streamClosed() {},
    },
  });
  open = await startApiService({ workers: 0, cors: [PAGE, 'http://localhost:3000'] });
});

afterAll(async () => {
  await api.close();
  await open.close();
});

describe('every path', () => {
  test('is served with and without a slash at its end', async () => {
    const { body: document } = await api.call('GET', '/openapi.json');
    const { body: thread } = await api.call('POST', '/threads');
    const operations = Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => ({ path, method: method.toUpperCase() })),
    );
    expect(operations.length).toBeGreaterThan(20);

    for (const { path, method } of operations) {
      // Nothing is there, so that nothing is deleted, and what needs a run does not wait for one.
      const address = path.replaceAll('{thread_id}', thread.thread_id).replaceAll(/\{\w+\}/g, 'nobody');
      const answers = [];
      for (const end of ['', '/']) {
        answers.push(await api.call(method, `${address}${end}`, { key: null }));
      }
      const [plain, slashed] = answers.map(({ status, body }) => ({ status, code: body?.error?.code }));
      expect(slashed, `${method} ${path}`).toEqual(plain);
      expect(plain?.status, `${method} ${path}`).not.toBe(404);
    }
  });
});

describe('security headers', () => {
  test.each(['/ok', '/threads', '/nothing', '/docs', '/info'])('come with %s', async (path) => {
    const { headers } = await api.call('GET', path);

    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('pages of other origins', () => {
  const preflight = (service: ApiService, origin: string) =>
    service.call('OPTIONS', '/threads', {
      key: null,
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key,content-type,idempotency-key',
      },
    });

  test('may call nothing unless it is configured', async () => {
    const { status, headers } = await preflight(api, PAGE);
    expect(status).toBe(404);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    const plain = await api.call('GET', '/threads', { headers: { origin: PAGE } });
    expect(plain.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('that are configured may call everything, without a key for the question', async () => {
    const { status, headers } = await preflight(open, PAGE);

    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(headers.get('access-control-allow-headers')).toContain('x-api-key');
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
      expect(headers.get('access-control-allow-methods')).toContain(method);
    }
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('read the headers that the SDK needs, of refusals too', async () => {
    for (const key of [open.keys.default.read, null]) {
      const { headers } = await open.call('GET', '/threads', { key, headers: { origin: PAGE } });

      expect(headers.get('access-control-allow-origin')).toBe(PAGE);
      const exposed = headers.get('access-control-expose-headers');
      for (const name of ['Content-Location', 'Location', 'X-Pagination-Next', 'X-Pagination-Total']) {
        expect(exposed).toContain(name);
      }
    }
  });

  test('that are not configured are told nothing', async () => {
    const { headers } = await open.call('GET', '/threads', {
      headers: { origin: 'https://evil.example.com' },
    });

    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('may all call when that is configured', async () => {
    const all = await startApiService({ workers: 0, cors: ['*'] });

    const { headers } = await all.call('GET', '/threads', {
      headers: { origin: 'https://anywhere.example.com' },
    });

    expect(headers.get('access-control-allow-origin')).toBe('*');
    await all.close();
  });
});

describe('who may come in', () => {
  test('without a key: whoever asks for health, name and documentation', async () => {
    for (const path of ['/ok', '/ready', '/metrics', '/info', '/docs', '/openapi.json']) {
      expect((await api.call('GET', path, { key: null })).status, path).toBe(200);
    }
  });

  test('with a key to read: whoever reads, and nobody else', async () => {
    const key = api.keys.default.read;
    const { body: thread } = await api.call('POST', '/threads');
    const id: string = thread.thread_id;

    for (const [method, path, body] of [
      ['POST', '/threads', {}],
      ['PATCH', `/threads/${id}`, { name: 'x' }],
      ['DELETE', `/threads/${id}`, undefined],
      ['POST', `/threads/${id}/copy`, undefined],
      ['POST', `/threads/${id}/state`, { values: {} }],
    ] as const) {
      const answer = await api.call(method, path, { key, ...(body === undefined ? {} : { body }) });
      expect(answer, `${method} ${path}`).toMatchObject({
        status: 403,
        body: { error: { code: 'forbidden' } },
      });
    }
    expect((await api.call('GET', `/threads/${id}`, { key })).status).toBe(200);
  });

  test('a key is taken as a bearer too', async () => {
    const headers = { authorization: `Bearer ${api.keys.default.read}` };

    expect((await api.call('GET', '/threads', { key: null, headers })).status).toBe(200);
  });
});

test('requests are counted by the pattern of their route', async () => {
  ended.length = 0;
  await api.call('GET', '/threads/some-secret-id');
  await api.call('GET', '/nothing/at/all');

  expect(ended).toEqual([
    { route: '/threads/:thread_id', method: 'GET', status: 404, seconds: expect.any(Number) },
  ]);
  expect(ended[0]?.seconds).toBeGreaterThan(0);
  expect(ended[0]?.seconds).toBeLessThan(5);
});
