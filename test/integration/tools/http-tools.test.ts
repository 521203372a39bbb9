import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { holdersOf } from '../privacy/holders-of.ts';
import { type ShopServer, startShopServer } from './shop-server.ts';
import { calls, openSlackRoom, type SlackRoom } from './slack-room.ts';

vi.setConfig({ testTimeout: 60_000 });

const TOKEN = 'of-the-shop-0123456789';

/** One of them waits but a moment, so that a silent shop costs a test little. */
const config = ({ origin }: ShopServer) => `
tools:
  http:
    order_status:
      description: Tells where an order is.
      url: ${origin}/orders/{order_id}?lang={lang}
      input:
        order_id: { max_length: 20 }
        lang: { enum: [en, de], required: false }
      headers: { X-Team: support }
      headers_env: { Authorization: Bearer SHOP_TOKEN }
      allow_private: true
    late_status:
      description: Tells where an order is, at once or never.
      url: ${origin}/orders/{order_id}
      input: { order_id: {} }
      timeout_ms: 200
      allow_private: true
    open_ticket:
      description: Opens a ticket.
      method: POST
      url: ${origin}/tickets
      input: { title: {}, urgent: { type: boolean, required: false } }
      body: { title: "From chat: {title}", urgent: "{urgent}", source: threadrelay }
      allow_private: true
assistants:
  support: { model: local/m, tools: [order_status, late_status, open_ticket] }
`;

let shop: ShopServer;
let other: ShopServer;
let room: SlackRoom;
beforeAll(async () => {
  [shop, other] = await Promise.all([startShopServer(), startShopServer()]);
  // As it comes from a file.
  room = await openSlackRoom(config(shop), { SHOP_TOKEN: `${TOKEN}\n` });
});
afterAll(async () => {
  await room.close();
  await Promise.all([shop.close(), other.close()]);
});
beforeEach(() => {
  shop.requests.length = 0;
});

/** What the model reads of one use of a tool, once the run has gone on to its answer in Slack. */
async function use(name: string, args: object): Promise<string> {
  room.vendor.will('m', calls({ name, args }));
  const { ts, run, read, said } = await room.ask('where is my order?');
  const [, answer] = room.service.slack.thread(room.channel, ts);
  expect(run.status).toBe('succeeded');
  expect(said.at(-1)?.text).toBe('Hello from m.');
  expect(answer?.visible).toBe('Hello from m.');
  expect(read).toHaveLength(1);
  return read[0] ?? '';
}

const orders = (order_id: string) => use('order_status', { order_id });

test('a model asks a service, with its arguments in the address and the secret from the environment', async () => {
  const read = await use('order_status', { order_id: 'A 1/2', lang: 'de' });

  expect(read).toBe('{"order":"A%201%2F2","state":"sent"}');
  expect(shop.requests).toHaveLength(1);
  expect(shop.requests[0]).toMatchObject({
    method: 'GET',
    url: '/orders/A%201%2F2?lang=de',
    headers: { authorization: `Bearer ${TOKEN}`, 'x-team': 'support' },
  });
});

test('a model sends a service what the body says, as JSON', async () => {
  await use('open_ticket', { title: 'It is "lost"', urgent: true });

  expect(shop.requests[0]).toMatchObject({
    method: 'POST',
    url: '/tickets',
    headers: { 'content-type': 'application/json' },
  });
  expect(shop.requests[0]?.headers).not.toHaveProperty('authorization');
  expect(JSON.parse(shop.requests[0]?.body ?? '')).toEqual({
    title: 'From chat: It is "lost"',
    urgent: true,
    source: 'threadrelay',
  });
});

describe('arguments that do not fit are told to the model, and the service is not asked', () => {
  test.each([
    [{}, 'order_id: '],
    [{ order_id: 7 }, 'order_id: '],
    [{ order_id: 'A'.repeat(21) }, 'order_id: '],
    [{ order_id: 'A-1', lang: 'fr' }, 'lang: '],
    [{ order_id: 'A-1', admin: true }, '"admin"'],
    [{ order_id: '../admin' }, '"order_id" cannot be part of an address'],
    [{ order_id: '' }, '"order_id" cannot be part of an address'],
  ])('%j', async (args, told) => {
    expect(await use('order_status', args)).toContain(told);
    expect(shop.requests).toEqual([]);
  });
});

describe('what goes wrong is one short sentence for the model, and the run goes on', () => {
  test.each([
    ['fails', /^The server answered 500: \{"error":"the database is away","you_sent":"Bearer \[secret\]"\}$/],
    ['large', /^http:\/\/127\.0\.0\.1:\d+ answered with more than the 1 MB that are fetched\.$/],
    ['endless', /^http:\/\/127\.0\.0\.1:\d+ answered with more than the 1 MB that are fetched\.$/],
    ['cut', /^http:\/\/127\.0\.0\.1:\d+ could not be reached\.$/],
  ])('a service that answers as %s', async (order, told) => {
    const read = await orders(order);
    expect(read).toMatch(told);
    expect(read.length).toBeLessThan(200);
  });

  test.each(['silent', 'drips'])('a service that is late: %s', async (order_id) => {
    expect(await use('late_status', { order_id })).toMatch(/did not answer (within 0\.2 s|in time)\.$/);
  });

  test.each(['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '2130706433'])(
    'a redirect to a private address is not followed: %s',
    async (host) => {
      other.requests.length = 0;
      shop.sendsTo(`http://${host}:${other.port}/orders/A-1`);
      expect(await orders('moved')).toMatch(/is not fetched: it leads to an address that is not public\.$/);
      expect(other.requests).toEqual([]);
    },
  );
});

test.each([
  ['page', '<p>Log in first</p>'],
  ['broken', '{"state": '],
])('what is no JSON is read as text: %s', async (order, read) => {
  expect(await orders(order)).toBe(read);
});

test('the secret is in no log line, in nothing that is kept or streamed, and in nothing that the model is sent', async () => {
  const { service, vendor } = room;
  expect(await orders('echo')).toContain('"authorization":"Bearer [secret]"');
  expect(await orders('fails')).toContain('Bearer [secret]');
  expect(shop.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill(`Bearer ${TOKEN}`));

  const redis = new Redis(service.environment['REDIS_URL'] ?? '');
  try {
    expect(
      await holdersOf(service.database, redis, service.environment['REDIS_PREFIX'] ?? '', [TOKEN]),
    ).toEqual([]);
  } finally {
    redis.disconnect();
  }
  expect(JSON.stringify(service.log)).not.toContain(TOKEN);
  expect(JSON.stringify(vendor.requests)).not.toContain(TOKEN);
  expect(JSON.stringify(service.slack.callsOf('chat.update'))).not.toContain(TOKEN);
});
