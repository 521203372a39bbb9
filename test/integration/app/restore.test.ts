import { Redis } from 'ioredis';
import type { mongo } from 'mongoose';
import { afterEach, expect, test } from 'vitest';
import { TIMINGS } from '../../../src/core/timings.ts';
import type { Database } from '../../../src/store/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { ECHO, type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { testRedis } from '../../fixtures/stores.ts';
import { ask, type Conversation, settled } from '../delivery/conversations.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

type Copy = Map<string, mongo.Document[]>;

/** What a dump of one moment holds: every document, no indexes. */
async function copyOf({ connection }: Database): Promise<Copy> {
  const collections = await connection.listCollections();
  return new Map(
    await Promise.all(
      collections.map(
        async ({ name }) => [name, await connection.collection(name).find().toArray()] as const,
      ),
    ),
  );
}

async function restore({ connection }: Database, copy: Copy): Promise<void> {
  await connection.dropDatabase();
  for (const [name, documents] of copy) {
    if (documents.length > 0) await connection.collection(name).insertMany(documents);
  }
}

async function forget({ url, prefix }: { url: string; prefix: string }): Promise<void> {
  const redis = new Redis(url);
  const keys = await redis.keys(`*${prefix}*`);
  expect(keys.length).toBeGreaterThan(0);
  await redis.del(keys);
  redis.disconnect();
}

const threadOf = async ({ stores }: RelayService, { origin }: Conversation) =>
  eventually(() => stores.threads.findByOrigin(origin), 'the thread is known');

test('a service on a restored copy, with an empty Redis, answers what waited once and goes on with its threads', async () => {
  // Given an answered question and one that waits, because no worker runs
  const redis = testRedis();
  const house = await startRelayService({
    config: ECHO,
    discord: false,
    slack: { limits: false },
    timings: TIMINGS,
    redis,
    roles: [['slack'], ['worker']],
  });
  closing.push(() => house.close());
  const { slack, database } = house;
  const answered = ask(house, 'slack', 'Are you there?');
  await settled(house, answered);
  const [receiver, worker] = house.services.splice(0);
  await worker?.stop();
  const waiting = ask(house, 'slack', 'And when you are away?');
  const { id: waitingThread } = await threadOf(house, waiting);
  const { id: answeredThread } = await threadOf(house, answered);
  await receiver?.stop();

  // When the database is lost and restored from a copy, and Redis has forgotten everything
  const copy = await copyOf(database);
  await restore(database, copy);
  await forget(redis);
  await house.addService();

  // Then what waited is answered, in its thread
  const end = await settled(house, waiting, 30_000);
  expect(end.delivery.status).toBe('done');
  expect(end.run.threadId).toBe(waitingThread);
  // ... once, and what was answered is left alone
  expect(waiting.shown()).toEqual(['You said: And when you are away?']);
  expect(answered.shown()).toEqual(['You said: Are you there?']);
  // ... and a reply to an old thread continues it
  slack.say({
    channel: answered.origin.channel,
    threadTs: answered.origin.thread,
    user: slack.addUser().id,
    text: 'Still?',
  });
  await slack.until('the reply is answered', () => answered.shown().length === 2, 20_000);
  expect((await threadOf(house, answered)).id).toBe(answeredThread);
  expect(await database.connection.collection('threads').countDocuments()).toBe(2);
  // ... on indexes that were made anew
  const indexes = await database.connection.collection('runs').indexes();
  expect(indexes.map(({ name }) => name)).toContain('one_running_run_a_thread');
}, 90_000);

test('a message from after the copy is found on Slack, although the copy does not know it', async () => {
  const redis = testRedis();
  const house = await startRelayService({ config: ECHO, discord: false, slack: { limits: false }, redis });
  closing.push(() => house.close());
  const { slack, database } = house;
  const channel = slack.addChannel({ name: 'support' }).id;
  const user = slack.addUser().id;
  const shown = (ts: string) =>
    slack
      .thread(channel, ts)
      .filter(({ botId }) => botId !== undefined)
      .map(({ visible }) => visible);
  const before = slack.say({ channel, user, text: 'before' });
  await slack.until('an answer', () => shown(before.ts).length === 1, 20_000);
  // Cursors are saved every few seconds, and by a stop.
  await Promise.all(house.services.splice(0).map((service) => service.stop()));
  const copy = await copyOf(database);
  await house.addService();
  const after = slack.say({ channel, user, text: 'after' });
  await slack.until('an answer', () => shown(after.ts)[0] === 'You said: after', 20_000);
  await Promise.all(house.services.splice(0).map((service) => service.stop()));

  await restore(database, copy);
  await forget(redis);
  await house.addService();

  // It is answered a second time: docs/operations.md says so, because nobody knows any more that it was answered.
  await slack.until('it is found and answered', () => shown(after.ts).length === 2, 30_000);
  expect(shown(before.ts)).toEqual(['You said: before']);
}, 90_000);
