import { afterEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../../src/core/clock.ts';
import { manualClock } from '../../../fakes/slack/index.ts';
import { type Setup, setUp, threadOf } from './harness.ts';

let setup: Setup | undefined;
afterEach(async () => {
  await setup?.close();
  setup = undefined;
});

test('what was said before the first start is not answered', async () => {
  const { fake, ingest, adapter } = (setup = await setUp({ start: false }));
  const { id: channel } = fake.addChannel({ name: 'help' });
  fake.say({ channel, user: fake.addUser().id, text: `<@${fake.botUserId}> old` });
  await fake.until('it is in the past', () => Date.now() > Number(fake.messages(channel)[0]?.ts) * 1000 + 5);
  await adapter.start();
  await adapter.caughtUp();
  expect(ingest.messages).toEqual([]);
});

test('what was missed while away is told once: messages, replies, edits, new channels', async () => {
  const { fake, ingest, adapter, threads, another } = (setup = await setUp());
  const user = fake.addUser().id;
  const { id: channel } = fake.addChannel({ name: 'help' });
  const root = fake.say({ channel, user, text: 'root' });
  const other = fake.say({ channel, user, text: 'another root' });
  const origin = { platform: 'slack', tenant: fake.teamId, channel, thread: root.ts } as const;
  await fake.until('both are told', () => ingest.taken.size === 2);
  await adapter.stop();
  threads.push(threadOf(origin));
  ingest.messages.length = 0;

  const missed = fake.say({ channel, user, text: `<@${fake.botUserId}> missed` });
  const reply = fake.say({ channel, user, text: 'a missed reply', threadTs: root.ts });
  const mention = fake.say({ channel, user, text: `<@${fake.botUserId}> and you?`, threadTs: other.ts });
  fake.editMessage(channel, other.ts, 'another root, edited');
  fake.sayAsBot({ channel, text: 'a bot was here' });
  const direct = fake.say({ channel: fake.openDirectMessage(user).id, user, text: 'a first direct message' });

  const successor = another();
  await successor.start();
  await successor.caughtUp();
  expect(ingest.messages.map(({ sourceId }) => sourceId).sort()).toEqual(
    [missed.ts, reply.ts, mention.ts, direct.ts].sort(),
  );
  expect(ingest.taken.get(reply.ts)).toMatchObject({ origin, startsThread: false });
  expect(ingest.taken.get(direct.ts)).toMatchObject({ isDirectMessage: true, startsThread: true });
  expect(ingest.taken.get(missed.ts)).toMatchObject({
    mentionsBot: true,
    channelName: 'help',
    text: 'missed',
  });
  expect(ingest.edits).toMatchObject([{ sourceId: other.ts, text: 'another root, edited' }]);

  ingest.messages.length = 0;
  await successor.stop();
  const third = another();
  await third.start();
  await third.caughtUp();
  expect(ingest.messages).toEqual([]);
  expect(fake.violations).toEqual([]);
});

test('a root that was deleted while away closes its thread', async () => {
  const { fake, ingest, adapter, threads, another } = (setup = await setUp());
  const user = fake.addUser().id;
  const { id: channel } = fake.addChannel({ name: 'help' });
  const alone = fake.say({ channel, user, text: 'alone' });
  const answered = fake.say({ channel, user, text: 'answered' });
  fake.say({ channel, user, text: 'a reply', threadTs: answered.ts });
  await fake.until('all are told', () => ingest.taken.size === 3);
  await adapter.stop();
  for (const { ts } of [alone, answered]) {
    threads.push(threadOf({ platform: 'slack', tenant: fake.teamId, channel, thread: ts }));
    fake.deleteMessage(channel, ts);
  }
  const successor = another();
  await successor.start();
  await successor.caughtUp();
  expect(ingest.closures.map(({ origin }) => origin.thread).sort()).toEqual([alone.ts, answered.ts].sort());
});

test('events that fall between two sockets are read after; one message each', async () => {
  const { fake, ingest, adapter } = (setup = await setUp());
  const user = fake.addUser().id;
  const { id: channel } = fake.addChannel({ name: 'help' });
  const before = fake.say({ channel, user, text: 'before' });
  await fake.until('it is told', () => ingest.taken.has(before.ts));
  const said: string[] = [];
  for (const end of ['warning', 'refresh_requested', 'cut'] as const) {
    if (end === 'cut') fake.cutSockets();
    else fake.disconnectSockets(end);
    said.push(fake.say({ channel, user, text: `lost at ${end}` }).ts);
    await fake.until(`a socket is open again after ${end}`, () => fake.connections === 1);
    await fake.until('what was lost is told', () => said.every((ts) => ingest.taken.has(ts)));
    await adapter.caughtUp();
  }
  expect(fake.deliveries.filter(({ outcome }) => outcome === 'lost')).toHaveLength(3);
  const after = fake.say({ channel, user, text: 'after' });
  await fake.until('it is told', () => ingest.taken.has(after.ts));
  expect([...ingest.taken.keys()]).toEqual([before.ts, ...said, after.ts]);
}, 15_000);

test('a position is never saved beyond what is missing, and a failed catch-up is tried again', async () => {
  const { fake, ingest, adapter, cursors, another } = (setup = await setUp());
  const user = fake.addUser().id;
  const { id: channel } = fake.addChannel({ name: 'help' });
  const key = `slack:${fake.teamId}:${channel}`;
  const before = fake.say({ channel, user, text: 'before' });
  await fake.until('it is told', () => ingest.taken.has(before.ts));
  await adapter.stop();
  expect(cursors.positions.get(key)).toBe(before.ts);
  const missed = fake.say({ channel, user, text: 'missed' });

  let isAway = true;
  ingest.before = (what) =>
    isAway && 'sourceId' in what && what.sourceId === missed.ts
      ? Promise.reject(new Error('the store is away'))
      : Promise.resolve();
  const successor = another();
  await successor.start();
  const live = fake.say({ channel, user, text: 'live' });
  await fake.until('the live one is told', () => ingest.taken.has(live.ts));
  await successor.stop();
  expect(cursors.positions.get(key)).toBe(before.ts);

  isAway = false;
  const third = another();
  await third.start();
  await third.caughtUp();
  expect([...ingest.taken.keys()].sort()).toEqual([before.ts, missed.ts, live.ts]);
  await third.stop();
  expect(cursors.positions.get(key)).toBe(live.ts);
});

test('what one process lost is found, though another one has read on meanwhile', async () => {
  const { fake, ingest, adapter, another, cursors } = (setup = await setUp());
  const user = fake.addUser().id;
  const { id: channel } = fake.addChannel({ name: 'help' });
  const other = another();
  await other.start();
  await other.caughtUp();
  fake.faults.event({ type: 'message', do: { kind: 'drop' } });
  const lost = fake.say({ channel, user, text: 'sent into a socket that was dying' });
  const later = fake.say({ channel, user, text: 'later' });
  await fake.until('the later one is told', () => ingest.taken.has(later.ts));
  await other.stop();
  await cursors.save(new Map([[`slack:${fake.teamId}:${channel}`, later.ts]]));
  fake.cutSockets();
  await fake.until('the lost one is told', () => ingest.taken.has(lost.ts));
  await adapter.caughtUp();
}, 15_000);

test('what Slack has given up on is found again once it can be persisted', async () => {
  // Slack's retries stand still on a clock that nobody moves; ours runs fifty times as fast.
  const quick: Clock = { now: () => new Date(), sleep: (ms, signal) => systemClock.sleep(ms / 50, signal) };
  const { fake, ingest } = (setup = await setUp({
    fake: { clock: manualClock() },
    adapter: { clock: quick },
  }));
  const { id: channel } = fake.addChannel({ name: 'help' });
  let isAway = true;
  ingest.before = () => (isAway ? Promise.reject(new Error('the store is away')) : Promise.resolve());
  const { ts } = fake.say({ channel, user: fake.addUser().id, text: 'hello' });
  await fake.until('it was read after in vain', () => fake.callsOf('conversations.history').length > 0);
  isAway = false;
  await fake.until('it is told', () => ingest.taken.has(ts));
  expect(fake.deliveries.map(({ outcome }) => outcome)).toEqual(['pending']);
}, 15_000);

test('a 429 during catch-up is waited out, and nothing is lost', async () => {
  const { fake, ingest, adapter, another } = (setup = await setUp());
  const user = fake.addUser().id;
  const { id: channel } = fake.addChannel({ name: 'help' });
  await adapter.stop();
  const missed = fake.say({ channel, user, text: 'missed' });
  fake.faults.api({ method: 'conversations.history', do: { kind: 'rate-limit', retryAfter: 1 } });
  fake.faults.api({ method: 'users.conversations', do: { kind: 'http-status', status: 500 } });
  const successor = another();
  await successor.start();
  await successor.caughtUp();
  expect([...ingest.taken.keys()]).toEqual([missed.ts]);
  expect(fake.violations).toEqual([]);
}, 15_000);

test('a stop waits for what is being taken in after an absence', async () => {
  const { fake, ingest, adapter, another } = (setup = await setUp());
  const user = fake.addUser().id;
  const { id: channel } = fake.addChannel({ name: 'help' });
  fake.say({ channel, user, text: 'hello' });
  await fake.until('it is told', () => ingest.taken.size === 1);
  await adapter.stop();
  const missed = fake.say({ channel, user, text: 'missed' });
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  ingest.before = () => {
    arrived.resolve();
    return gate.promise;
  };
  const successor = another();
  await successor.start();
  await arrived.promise;

  let isStopped = false;
  const stopped = successor.stop().then(() => {
    isStopped = true;
  });
  await fake.until('its socket is closed', () => fake.connections === 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isStopped).toBe(false);
  gate.resolve();
  await stopped;
  expect(ingest.taken.has(missed.ts)).toBe(true);
});
