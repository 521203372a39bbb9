import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { fillUrl } from '../../../../src/assistant/http-tools/fill-url.ts';
import type { HttpToolConfig, HttpToolField } from '../../../../src/assistant/http-tools/http-tool-config.ts';
import { httpTool } from '../../../../src/assistant/http-tools/http-tool.ts';
import { createToolbox } from '../../../../src/assistant/tools/toolbox.ts';
import type { Fetched, OutboundRequest } from '../../../../src/core/ports.ts';
import { testScene } from '../../../fixtures/scene.ts';

const TEXT: HttpToolField = {
  type: 'string',
  description: null,
  isRequired: true,
  values: null,
  maxLength: null,
};
const MAYBE: HttpToolField = { ...TEXT, isRequired: false };

function use(
  overrides: Partial<HttpToolConfig>,
  args: Record<string, unknown>,
  answer: { status?: number; type?: string; body?: string } = {},
) {
  const asked: OutboundRequest[] = [];
  const config: HttpToolConfig = {
    name: 'shop',
    description: 'Asks the shop.',
    method: 'GET',
    url: 'https://shop.example.com/orders/{id}',
    fields: new Map([['id', TEXT]]),
    headers: {},
    secretHeaders: [],
    body: null,
    timeoutMs: 1_000,
    allowPrivate: false,
    ...overrides,
  };
  const tool = httpTool(config, {
    readVariable: (name) => ({ SHOP_TOKEN: 'abcdefgh' })[name],
    async fetch(request): Promise<Fetched> {
      asked.push(request);
      const { status = 200, type = 'application/json', body = '{"state":"sent"}' } = answer;
      return {
        status,
        headers: new Map([['content-type', type]]),
        body: Buffer.from(body),
        url: request.url,
      };
    },
  });
  const outcome = createToolbox([tool], testScene()).call(
    { id: '1', name: 'shop', args },
    new AbortController().signal,
  );
  return outcome.then((given) => ({ ...given, asked: asked[0], times: asked.length }));
}

function filledOrNull(config: Pick<HttpToolConfig, 'url'>, args: Record<string, string>) {
  try {
    return fillUrl(config, args, {});
  } catch {
    return null;
  }
}

describe('the address of a request', () => {
  test.each([
    ['A-1', 'https://shop.example.com/orders/A-1'],
    ['a b/ü?x=1#y&z', 'https://shop.example.com/orders/a%20b%2F%C3%BC%3Fx%3D1%23y%26z'],
    ['@evil.example', 'https://shop.example.com/orders/%40evil.example'],
    ['%2e%2e', 'https://shop.example.com/orders/%252e%252e'],
    ['\ud800', 'https://shop.example.com/orders/%EF%BF%BD'],
  ])('holds %j within its segment', async (id, url) => {
    const { asked } = await use({}, { id });
    expect(asked?.url).toBe(url);
    expect(new URL(asked?.url ?? '').pathname).toMatch(/^\/orders\/[^/]+$/);
  });

  test.each(['..', '.', '../admin', 'x/../../admin', '..\\admin', '', ' '])('takes no %j', async (id) => {
    const { isError, times } = await use({}, { id });
    expect({ isError, times }).toEqual({ isError: true, times: 0 });
  });

  test.each([
    'https:/{id}/orders',
    'https:///{id}/orders',
    'https:{id}/orders',
    'https://{id}.example.com/orders',
    'https://shop.example.com:{id}/orders',
    'https://shop.example.com{id}/orders',
  ])('leads nowhere else where %s would let it', async (url) => {
    for (const id of ['evil.example', '443', '8443', '@evil.example', '.evil.example']) {
      const { isError, asked } = await use({ url }, { id });
      expect({ isError, asked }, id).toEqual({ isError: true, asked: undefined });
    }
  });

  test('is of the host of the template, whatever the arguments are', () => {
    const url = 'https://shop.example.com/orders/x-{id}/{more}?q={q}&{name}={value}';
    const hostile = fc.constantFrom(
      '//evil.example',
      '\\\\evil',
      '@evil.example',
      '/..',
      '?',
      '#',
      '%2f',
      '\t',
      ':',
    );
    const value = fc.array(fc.oneof(fc.string({ unit: 'binary' }), hostile)).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.record({ id: value, more: value, q: value, name: value, value }), (args) => {
        const filled = filledOrNull({ url }, args);
        if (filled === null) return;
        const { origin, pathname, searchParams, hash } = new URL(filled);
        expect({ origin, hash }).toEqual({ origin: 'https://shop.example.com', hash: '' });
        expect(pathname).toMatch(/^\/orders\/x-[^/]*\/[^/]+$/);
        expect(searchParams.size).toBe(2);
      }),
    );
  });

  test('takes no dots that become two with those of the template', async () => {
    const { times } = await use({ url: 'https://shop.example.com/.{id}/x' }, { id: '.' });
    expect(times).toBe(0);
  });

  test('leaves out parameters that are not given, and encodes the others', async () => {
    const fields = new Map([
      ['q', MAYBE],
      ['page', { ...MAYBE, type: 'integer' as const }],
      ['more', MAYBE],
    ]);
    const url = 'https://shop.example.com/find?fixed=1&q={q}&page={page}';
    expect((await use({ url, fields }, { q: 'a&b=c' })).asked?.url).toBe(
      'https://shop.example.com/find?fixed=1&q=a%26b%3Dc',
    );
    expect((await use({ url, fields }, { page: 2, more: '#' })).asked?.url).toBe(
      'https://shop.example.com/find?fixed=1&page=2&more=%23',
    );
  });
});

test('a body has arguments as what they are, and leaves out what is not given', async () => {
  const fields = new Map<string, HttpToolField>([
    ['title', TEXT],
    ['count', { ...MAYBE, type: 'integer' }],
    ['tag', MAYBE],
  ]);
  const url = 'https://desk.example.com/tickets';
  const body = { title: 'Chat: {title}', count: '{count}', tags: ['{tag}', 'chat'], deep: { tag: '{tag}' } };
  const args = { title: '"},{"x":"{tag}', count: 3 };
  const { asked } = await use({ method: 'POST', url, fields, body }, args);

  expect(JSON.parse(String(asked?.body))).toEqual({
    title: 'Chat: "},{"x":"{tag}',
    count: 3,
    tags: ['chat'],
    deep: {},
  });
  const plain = await use({ method: 'POST', url, fields }, args);
  expect(JSON.parse(String(plain.asked?.body))).toEqual(args);
});

test('secrets come from the environment, and one that is missing is said by its name', async () => {
  const header = { header: 'Authorization', scheme: 'Bearer', env: 'SHOP_TOKEN' };
  const { asked } = await use({ secretHeaders: [header] }, { id: 'A' });
  expect(asked?.headers).toMatchObject({ Authorization: 'Bearer abcdefgh' });

  const missing = await use({ secretHeaders: [{ ...header, env: 'NO_TOKEN' }] }, { id: 'A' });
  expect(missing).toMatchObject({ isError: true, times: 0, result: expect.stringContaining('NO_TOKEN') });
});

test('answers are JSON or text, and statuses that are no success are errors', async () => {
  expect((await use({}, { id: 'A' })).result).toEqual({ state: 'sent' });
  expect((await use({}, { id: 'A' }, { type: 'text/plain', body: 'sent' })).result).toBe('sent');
  expect((await use({}, { id: 'A' }, { type: 'image/png', body: 'x' })).result).toBe('[image/png, 1 bytes]');
  expect(await use({}, { id: 'A' }, { status: 404, type: 'text/plain', body: 'no order' })).toMatchObject({
    isError: true,
    result: 'The server answered 404: no order',
  });
});

test('a field that is not declared or not allowed is refused', async () => {
  const fields = new Map<string, HttpToolField>([['id', { ...TEXT, values: ['A', 'B'] }]]);
  expect(await use({ fields }, { id: 'C' })).toMatchObject({ isError: true, times: 0 });
  expect(await use({ fields }, { id: 'A', admin: true })).toMatchObject({ isError: true, times: 0 });
});
