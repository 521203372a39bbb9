import { afterEach, expect, test } from 'vitest';
import { issueKey } from '../../../src/app/keys/issue-key.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { startPrivateMongodb, startPrivateRedis } from '../../fixtures/private-stores.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, settled } from '../delivery/conversations.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

const WORDS = Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ');
const CONFIG = `
assistants:
  support:
    model: { provider: scripted, delay_ms: 20, reply: ${WORDS} }
slack: { answer: every_message }
`;
const QUESTION = { role: 'user', content: 'And over HTTP?' };

async function start(options: Parameters<typeof startRelayService>[0]) {
  const house = await startRelayService({ config: CONFIG, discord: false, ...options });
  closing.push(() => house.close());
  const { secret } = await issueKey(house.stores.keys, { projectId: 'default', scope: 'write', name: null });
  const call = (url: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { house, call };
}

// oxlint-disable-next-line typescript/no-explicit-any
const bodyOf = async (response: Response): Promise<any> => response.json();

const urlOf = ({ services }: RelayService, at: number) => services[at]?.url ?? '';

/** The frames of a stream by their ids, up to its end or to where it was cut. */
async function framesOf(response: Response, onText: (text: string) => void = () => {}): Promise<string[]> {
  let text = '';
  try {
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      onText(text);
    }
  } catch {
    // It was cut.
  }
  return text.split('\n\n').flatMap((frame) => /^id: (\S+)$/m.exec(frame)?.[1] ?? []);
}

test('a thread of Slack is read and continued at a process of the role api, and its people see the answer', async () => {
  const { house, call } = await start({ roles: [['slack'], ['worker'], ['api']] });
  const api = urlOf(house, 2);
  const talk = ask(house, 'slack', 'Hello?');
  await settled(house, talk);

  const { threads } = await bodyOf(await call(api, '/threads/'));
  expect(threads).toMatchObject([{ origin: talk.origin, status: 'idle' }]);
  const [{ thread_id, assistant_id }] = threads;
  const body = { thread_id, assistant_id, input: { messages: [QUESTION] } };
  const stream = await (await call(api, '/runs/stream', body)).text();

  const chunks = stream.matchAll(/"type":"AIMessageChunk","id":"[^"]+","content":"([^"]*)"/g);
  expect(Array.from(chunks, ([, content]) => content).join('')).toBe(WORDS);
  const { values } = await bodyOf(await call(api, `/threads/${thread_id}/state`));
  expect(values.messages.map(({ content }: { content: string }) => content)).toEqual([
    'Hello?',
    WORDS,
    QUESTION.content,
    WORDS,
  ]);
  const shown = () => house.slack.thread(talk.origin.channel, talk.origin.thread);
  await eventually(
    () => (shown().at(-1)?.text === WORDS && shown().length === 3 ? true : null),
    'it is shown',
  );
});

test('a process of the role api that stops cuts its streams, and they go on exactly at another', async () => {
  const { house, call } = await start({ slack: false, roles: [['worker'], ['api'], ['api']] });
  const [, first] = house.services;
  const body = { assistant_id: 'support', input: { messages: [QUESTION] }, on_disconnect: 'cancel' };
  const response = await call(urlOf(house, 1), '/runs/stream', body);
  const location = response.headers.get('location') ?? '';
  const begun = Promise.withResolvers<void>();

  const frames = framesOf(response, (text) => {
    if (text.includes('word5 ')) begun.resolve();
  });
  await begun.promise;
  await first?.stop();
  const had = await frames;
  const rest = await framesOf(
    await call(urlOf(house, 2), location, undefined, { 'last-event-id': had.at(-1) ?? '' }),
  );

  const whole = await framesOf(await call(urlOf(house, 2), location, undefined, { 'last-event-id': '-1' }));
  expect(had.length).toBeGreaterThan(5);
  expect([...had, ...rest]).toEqual(whole);
  const run = await bodyOf(await call(urlOf(house, 2), location.replace(/\/stream$/, '')));
  expect(run.status).toBe('success');
});

test('while Redis is away runs are started and threads are read, and the runs are executed when it is back', async () => {
  const redis = await startPrivateRedis();
  closing.push(() => redis.stop());
  const { house, call } = await start({
    slack: false,
    roles: [['worker'], ['api']],
    redis: { url: redis.url, prefix: 'away' },
  });
  const api = urlOf(house, 1);
  await redis.kill();

  const started = await call(api, '/runs', {
    assistant_id: 'support',
    input: { messages: [QUESTION] },
    on_completion: 'keep',
  });
  expect(started.status).toBe(200);
  const { thread_id, run_id } = await bodyOf(started);
  expect((await call(api, `/threads/${thread_id}/state`)).status).toBe(200);

  await redis.restart({ empty: true });
  await eventually(
    async () => {
      const run = await bodyOf(await call(api, `/threads/${thread_id}/runs/${run_id}`));
      return run.status === 'success' ? true : null;
    },
    'the run is executed',
    30_000,
  );
}, 60_000);

test('while MongoDB is away requests are told to come again, and are answered when it is back', async () => {
  const mongodb = await startPrivateMongodb();
  closing.push(() => mongodb.stop());
  const { house, call } = await start({ slack: false, roles: [['api']], mongodbUri: mongodb.url });
  const api = urlOf(house, 0);
  expect((await call(api, '/threads/')).status).toBe(200);
  await mongodb.kill();

  const refused = await call(api, '/threads/');
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await bodyOf(refused)).toMatchObject({ error: { code: 'store_unavailable' } });
  expect((await fetch(`${api}/ok`)).status).toBe(200);

  await mongodb.restart();
  await eventually(
    async () => ((await call(api, '/threads/')).status === 200 ? true : null),
    'it answers again',
    30_000,
  );
}, 90_000);

test('the environment says how often a key may ask, and from which pages', async () => {
  const { house, call } = await start({
    slack: false,
    roles: [['api']],
    environment: { API_RATE_LIMIT: '1', API_CORS_ORIGINS: 'https://app.example.com' },
  });
  const api = urlOf(house, 0);

  // One a second on average over 10 s.
  const answers = await Promise.all(
    Array.from({ length: 12 }, () =>
      call(api, '/threads/', undefined, { origin: 'https://app.example.com' }),
    ),
  );

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.map(({ headers }) => Number(headers.get('retry-after')))).toEqual([10, 10]);
  for (const { headers } of answers) {
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  }
  const elsewhere = await call(api, '/threads/', undefined, { origin: 'https://evil.example.com' });
  expect(elsewhere.headers.get('access-control-allow-origin')).not.toBe('https://evil.example.com');
});
