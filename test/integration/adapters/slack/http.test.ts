import { afterEach, expect, test } from 'vitest';
import type { SlackAdapterSettings } from '../../../../src/adapters/slack/slack-adapter.ts';
import type { ApprovalDesk, ButtonPress } from '../../../../src/core/ports.ts';
import { manualClock, signRequest } from '../../../fakes/slack/index.ts';
import { promise } from '../../../fixtures/promise.ts';
import { serveEvents, type Setup, setUp } from './harness.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUpHttp(fakeOptions: Parameters<typeof setUp>[0] = {}): Promise<Setup & { url: string }> {
  const setup = await setUp({ ...fakeOptions, start: false });
  closing.push(setup.close);
  const transport: SlackAdapterSettings['transport'] = {
    kind: 'http',
    signingSecret: setup.fake.signingSecret,
  };
  const adapter = setup.another({ transport });
  const server = await serveEvents(adapter);
  closing.push(server.close);
  await adapter.start();
  await adapter.caughtUp();
  return { ...setup, adapter, url: server.url };
}

test('the request URL answers the challenge, and signed events are taken', async () => {
  const { fake, ingest, url } = await setUpHttp();
  await fake.useRequestUrl(url);
  const { id: channel } = fake.addChannel({ name: 'help' });
  const { ts } = fake.say({ channel, user: fake.addUser().id, text: 'hello' });
  await fake.until('it is acknowledged', () => fake.deliveries[0]?.outcome === 'acked');
  expect([...ingest.taken.keys()]).toEqual([ts]);
});

test('a press of a button reaches the house, and one that cannot be stored is not acknowledged', async () => {
  const presses: ButtonPress[] = [];
  const desk: ApprovalDesk = {
    async press(press) {
      presses.push(press);
      if (presses.length > 1) throw new Error('the store is away');
      return { kind: 'decided', sentence: 'Approved.' };
    },
  };
  const { fake, url, adapter } = await setUpHttp({ adapter: { desk } });
  await fake.useRequestUrl(url);
  const channel = fake.addChannel({ name: 'help' }).id;
  const user = fake.addUser({ name: 'Ada' }).id;
  const root = fake.say({ channel, user, text: 'please' }).ts;
  const origin = { platform: 'slack', tenant: fake.teamId, channel, thread: root } as const;
  const address = { origin, runId: 'run-1', index: 0, replyTo: null };
  const { signal } = new AbortController();
  const posted = await adapter.writer.post(address, 'May I?', signal);
  if (posted.kind !== 'done') throw new Error(posted.kind);
  const { messageId: ts } = posted.value;
  await adapter.writer.editWithButtons(address, ts, 'May I?', [{ call: 2, label: '' }], signal);
  expect(await fake.pressButton({ channel, ts, user, label: 'Approve' })).toBe(true);
  expect(await fake.pressButton({ channel, ts, user, label: 'Deny' })).toBe(false);
  const by = { id: user, name: 'Ada' };
  expect(presses).toEqual([
    { origin, runId: 'run-1', call: 2, approved: true, by },
    { origin, runId: 'run-1', call: 2, approved: false, by },
  ]);
});

test('an event that cannot be persisted is answered 503, and comes again until it is', async () => {
  const clock = manualClock();
  const { fake, ingest, url } = await setUpHttp({ fake: { clock } });
  await fake.useRequestUrl(url);
  const { id: channel } = fake.addChannel({ name: 'help' });
  let tries = 0;
  ingest.before = () => {
    tries += 1;
    return tries < 3 ? Promise.reject(new Error('the store is away')) : Promise.resolve();
  };
  const { ts } = fake.say({ channel, user: fake.addUser().id, text: 'hello' });
  const refused = () => fake.deliveries.filter(({ outcome }) => outcome === 'failed').length;
  await fake.until('it was refused', () => refused() === 1);
  await fake.until('it was refused again, at once', () => refused() === 2);
  // One step for the fake to set its timer, one for the timer.
  await clock.advance(1);
  await clock.advance(60_000);
  await fake.until('it is acknowledged', () => fake.deliveries.at(-1)?.outcome === 'acked');
  expect(fake.deliveries.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'acked']);
  expect([...ingest.taken.keys()]).toEqual([ts]);
});

const FORGED = 'mutations of a signature are all answered 401, and nothing is told';
promise(34, FORGED, { tries: 20, timeoutMs: 20_000 }, async ({ once }) => {
  const { fake, ingest, url } = await setUpHttp();
  const ts = '1700000000.000100';
  const event = { type: 'message', channel: 'C1', user: 'U1', ts, text: 'hello' };
  const body = JSON.stringify({ type: 'event_callback', team_id: fake.teamId, event_id: 'Ev1', event });
  const now = Math.floor(Date.now() / 1000);
  const good = signRequest(fake.signingSecret, now, body);
  const flip = (position: number) => {
    const digit = good[position] === '0' ? '1' : '0';
    return good.slice(0, position) + digit + good.slice(position + 1);
  };
  const at = (timestamp: number) =>
    [signRequest(fake.signingSecret, timestamp, body), String(timestamp)] as const;
  const mutations: (readonly [signature: string | null, timestamp: string | null, sent?: string])[] = [
    [flip(3), String(now)],
    [flip(30), String(now)],
    [flip(good.length - 1), String(now)],
    [good.slice(0, -1), String(now)],
    [`${good}0`, String(now)],
    [good.toUpperCase(), String(now)],
    [good.slice(3), String(now)],
    [`v1${good.slice(2)}`, String(now)],
    [`${good}, ${good}`, String(now)],
    ['', String(now)],
    [null, String(now)],
    [good, null],
    [good, ''],
    [good, String(now + 1)],
    [good, `${now}.0`],
    [good, 'NaN'],
    [good, String(now), `${body} `],
    [good, String(now), body.replace('hello', 'hullo')],
    [signRequest('another secret', now, body), String(now)],
    at(now - 301),
    at(now + 302),
    at(now * 1000),
  ];
  const post = (signature: string | null, timestamp: string | null, sent = body) =>
    fetch(url, {
      method: 'POST',
      body: sent,
      headers: {
        'content-type': 'application/json',
        ...(signature === null ? {} : { 'x-slack-signature': signature }),
        ...(timestamp === null ? {} : { 'x-slack-request-timestamp': timestamp }),
      },
    });
  for (const [index, mutation] of mutations.entries()) {
    // All of them in CI too: they are not alike.
    await once(async () => {
      expect((await post(...mutation)).status, `mutation ${index}`).toBe(401);
    });
  }
  expect(ingest.messages).toEqual([]);
  expect((await post(good, String(now))).status).toBe(200);
  expect(ingest.messages).toHaveLength(1);
});

test('what is no event is refused: wrong method, too long, no JSON', async () => {
  const { fake, ingest, url } = await setUpHttp();
  expect((await fetch(url)).status).toBe(405);
  const now = Math.floor(Date.now() / 1000);
  const post = (body: string) =>
    fetch(url, {
      method: 'POST',
      body,
      headers: {
        'x-slack-signature': signRequest(fake.signingSecret, now, body),
        'x-slack-request-timestamp': String(now),
      },
    });
  expect((await post('{"a":')).status).toBe(400);
  expect((await post('null')).status).toBe(400);
  expect((await post('x'.repeat(1_000_001))).status).toBe(413);
  expect((await post('{"type":"event_callback"}')).status).toBe(200);
  expect(ingest.messages).toEqual([]);
});

test('a stopped adapter answers 503, so that Slack sends it again', async () => {
  const { fake, adapter, url } = await setUpHttp();
  await adapter.stop();
  const now = Math.floor(Date.now() / 1000);
  const headers = {
    'x-slack-signature': signRequest(fake.signingSecret, now, '{}'),
    'x-slack-request-timestamp': String(now),
  };
  expect((await fetch(url, { method: 'POST', body: '{}', headers })).status).toBe(503);
});
