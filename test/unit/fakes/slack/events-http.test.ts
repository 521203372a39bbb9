import { App, HTTPReceiver } from '@slack/bolt';
import { LogLevel } from '@slack/web-api';
import { afterEach, expect, it } from 'vitest';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import {
  createSlackFake,
  manualClock,
  type SlackFake,
  type SlackFakeOptions,
} from '../../../fakes/slack/index.ts';

let fake: SlackFake;
const stops: (() => unknown)[] = [];

async function start(options: SlackFakeOptions = {}) {
  fake = await createSlackFake(options);
  return { channel: fake.addChannel({ name: 'help' }).id, user: fake.addUser({ name: 'ada' }).id };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A request URL that answers the challenge and then as told. */
async function requestUrl(status: () => number) {
  const seen: { headers: IncomingHttpHeaders; body: Record<string, unknown> }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = JSON.parse(Buffer.concat(chunks).toString());
    if (body.type === 'url_verification') {
      response.end(body.challenge);
      return;
    }
    seen.push({ headers: request.headers, body });
    const answer = status();
    if (answer > 0) response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${portOf(server)}/slack/events`, seen };
}

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await fake.close();
});

it('real Bolt takes the challenge, the signature and the event', async () => {
  const { channel, user } = await start();
  const receiver = new HTTPReceiver({ signingSecret: fake.signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({ token: fake.botToken, receiver, clientOptions: { slackApiUrl: fake.url } });
  const texts: (string | undefined)[] = [];
  app.message(async ({ message }) => {
    texts.push('text' in message ? message.text : undefined);
  });
  const server = await receiver.start(0);
  stops.push(() => receiver.stop());
  await fake.useRequestUrl(`http://127.0.0.1:${portOf(server)}/slack/events`);
  fake.say({ channel, user, text: 'Why?' });
  await fake.until('it is acknowledged', () => fake.deliveries[0]?.outcome === 'acked');
  await expect.poll(() => texts).toEqual(['Why?']);
});

it('a refused event comes again with its number and reason in headers', async () => {
  const clock = manualClock();
  const { channel, user } = await start({ clock });
  const statuses = [500, 0, 200];
  const { url, seen } = await requestUrl(() => statuses.shift() ?? 200);
  await fake.useRequestUrl(url);
  fake.say({ channel, user, text: 'Why?' });
  await fake.until('the first retry is out', () => seen.length === 2);
  await clock.advance(3_000);
  await fake.until('the first retry has timed out', () => fake.deliveries[1]?.outcome === 'timeout');
  await clock.advance(60_000);
  await fake.until('the second retry is acknowledged', () => fake.deliveries[2]?.outcome === 'acked');
  const retries = seen.map(({ headers }) => [headers['x-slack-retry-num'], headers['x-slack-retry-reason']]);
  expect(retries).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
    ['2', 'http_timeout'],
  ]);
  expect(new Set(seen.map(({ body }) => body['event_id'])).size).toBe(1);
});

it('a request URL that does not answer the challenge is not taken', async () => {
  await start();
  await expect(fake.useRequestUrl(`${fake.url}auth.test`)).rejects.toThrow('did not answer the challenge');
});
