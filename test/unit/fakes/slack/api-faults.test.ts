import { afterEach, expect, it } from 'vitest';
import { type ApiFault, createSlackFake, manualClock, type SlackFake } from '../../../fakes/slack/index.ts';
import { webClient } from './real-clients.ts';

let fake: SlackFake;
const clock = manualClock();

async function postWith(fault: ApiFault) {
  fake = await createSlackFake({ clock });
  const channel = fake.addChannel({ name: 'help' }).id;
  const web = webClient(fake, fake.botToken);
  fake.faults.api({ method: 'chat.postMessage', do: fault });
  const post = web.chat.postMessage({ channel, text: 'once' });
  const answer = post.then(
    () => 'answered',
    (error: Error) => error.message,
  );
  return { channel, web, answer };
}

afterEach(() => fake.close());

it.each<[string, ApiFault]>([
  ['an HTTP 500', { kind: 'http-status', status: 500 }],
  ['a reset before processing', { kind: 'reset-before' }],
  ['an error code', { kind: 'error', error: 'fatal_error' }],
  ['a 429', { kind: 'rate-limit', retryAfter: 30 }],
])('%s leaves no message', async (_, fault) => {
  const { channel, answer } = await postWith(fault);
  expect(await answer).not.toBe('answered');
  expect(fake.messages(channel)).toEqual([]);
});

it('a post accepted and answered 35 s late is visible at once', async () => {
  const { channel, answer } = await postWith({ kind: 'answer-late', ms: 35_000 });
  await fake.until('it is posted', () => fake.messages(channel).length === 1);
  expect(fake.history[0]).toMatchObject({ outcome: 'ok' });
  expect(fake.history[0]).not.toHaveProperty('answeredAt');
  await clock.advance(35_000);
  expect(await answer).toBe('answered');
});

it('a post accepted and reset is visible while its caller sees a failure', async () => {
  const { channel, answer } = await postWith({ kind: 'reset-after' });
  expect(await answer).not.toBe('answered');
  expect(fake.messages(channel)).toHaveLength(1);
});

it('a post accepted and never answered is visible, and closing frees its caller', async () => {
  const { channel, answer } = await postWith({ kind: 'answer-never' });
  await fake.until('it is posted', () => fake.history[0]?.outcome === 'unanswered');
  expect(fake.messages(channel)).toHaveLength(1);
  await fake.close();
  expect(await answer).not.toBe('answered');
});

it('a Retry-After of a fault holds for the method, and an early call is a violation', async () => {
  const { channel, web, answer } = await postWith({ kind: 'rate-limit', retryAfter: 30 });
  await answer;
  await clock.advance(29_999);
  await expect(web.chat.postMessage({ channel, text: 'early' })).rejects.toMatchObject({ retryAfter: 1 });
  expect(fake.violations).toEqual([expect.stringContaining('early-call: chat.postMessage')]);
  await clock.advance(1);
  await web.chat.postMessage({ channel, text: 'in time' });
});

it('changes are told as they happen, to listeners and to iterators', async () => {
  const { channel, answer } = await postWith({ kind: 'delay', ms: 0 });
  const kinds: string[] = [];
  fake.onMessageChanged(({ kind }) => kinds.push(kind));
  const stop = new AbortController();
  const first = fake.changes(stop.signal).next();
  await fake.until('the post waits', () => fake.history.length === 1);
  await clock.advance(0);
  await answer;
  const { ts } = (await first).value?.message ?? { ts: '' };
  fake.editMessage(channel, ts, 'twice');
  fake.deleteMessage(channel, ts);
  expect(kinds).toEqual(['posted', 'edited', 'deleted']);
  stop.abort();
});
