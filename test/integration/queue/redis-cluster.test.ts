import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { budgetsOf as discordBudgets } from '../../../src/adapters/discord/budgets.ts';
import { budgetsOf as slackBudgets } from '../../../src/adapters/slack/budgets.ts';
import { openQueues } from '../../../src/queue/index.ts';
import { hashTagOf, keysWith, STREAM_LANES } from '../../../src/queue/keys.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { QUICK } from '../../fixtures/quick-timings.ts';
import { type RedisCluster, startRedisCluster } from '../../fixtures/redis-cluster.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, faithful, settled } from '../delivery/conversations.ts';

let cluster: RedisCluster;
let house: RelayService | null = null;
beforeAll(async () => {
  cluster = await startRedisCluster();
}, 60_000);
afterEach(async () => {
  await house?.close();
  house = null;
});
afterAll(() => cluster.stop());

const WORDS = `
projects: { default: {} }
assistants:
  words:
    model: { provider: scripted, tokens: 30, delay_ms: 10 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

/** The keys on each node that begin with the tag of this installation, braces or not. */
function keysOfNodes(prefix: string): Promise<string[][]> {
  return Promise.all(cluster.nodes.map((node) => node.keys(`*${prefix}*`)));
}

test('two services relay answers of both platforms over a Redis Cluster, and no command is refused', async () => {
  // Given two processes' worth of everything on a cluster of three nodes, of which REDIS_URL names one
  const prefix = `cluster-${randomUUID().slice(0, 8)}`;
  house = await startRelayService({
    config: WORDS,
    redis: { url: cluster.url, prefix },
    roles: [['slack', 'discord', 'worker'], ['worker']],
  });
  const { services, log } = house;
  const relay = house;

  // When people ask on both platforms at once
  const talks = Array.from({ length: 12 }, (_, index) =>
    ask(relay, index % 2 === 0 ? 'slack' : 'discord', `Question ${index}?`),
  );

  // Then each is answered once and whole, with previews on the way: the streams were followed, not only the end
  for (const talk of talks) {
    const { got, wanted } = faithful(talk, await settled(relay, talk, 30_000));
    expect(got).toEqual(wanted);
  }
  expect(talks.filter((talk) => (talk.revisions()[0]?.length ?? 0) > 1).length).toBeGreaterThan(0);
  // And Redis refused nothing: no CROSSSLOT, no redirection that was not followed
  expect(log.filter(({ msg }) => msg === 'redis' || msg === 'queue')).toEqual([]);
  expect(services).toHaveLength(2);
  // And the streams are on all nodes
  const streams = (await keysOfNodes(prefix)).map((keys) => keys.filter((key) => key.endsWith(':events')));
  expect(streams.flat().filter((key) => /:run:/.test(key))).toHaveLength(talks.length);
  expect(relay.slack.violations).toEqual([]);
  expect(relay.discord.violations).toEqual([]);
}, 90_000);

test('streams of runs are spread over the nodes, and one reader follows those of all of them', async () => {
  const prefix = `cluster-${randomUUID().slice(0, 8)}`;
  const errors: unknown[] = [];
  const queues = await openQueues({
    url: cluster.url,
    prefix,
    timings: QUICK,
    newId: randomUUID,
    onError: (error) => errors.push(error),
  });
  try {
    const refs = Array.from({ length: 60 }, () => ({ threadId: 't', runId: randomUUID(), fence: 1 }));
    const heard = new Map<string, string>();
    const stops = refs.map((ref) =>
      queues.events.follow(ref, null, (events) => {
        for (const { event } of events) {
          if (event.type === 'text') heard.set(ref.runId, (heard.get(ref.runId) ?? '') + event.delta);
        }
      }),
    );
    await Promise.all(
      refs.map(async (ref) => {
        const writer = queues.events.writer(ref);
        writer.emit({ type: 'text', delta: 'one two three', offset: 0 });
        await writer.flush();
      }),
    );
    await eventually(() => (heard.size === refs.length ? true : null), 'every stream is heard', 10_000);
    for (const stop of stops) stop();

    expect(new Set(heard.values())).toEqual(new Set(['one two three']));
    const streams = (await keysOfNodes(prefix)).map(
      (keys) => keys.filter((key) => key.endsWith(':events')).length,
    );
    expect(Math.min(...streams)).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  } finally {
    await queues.close();
  }
}, 30_000);

test('a cancellation is heard by every process, and budgets are taken together', async () => {
  const prefix = `cluster-${randomUUID().slice(0, 8)}`;
  const errors: unknown[] = [];
  const open = () =>
    openQueues({
      url: cluster.url,
      prefix,
      timings: QUICK,
      newId: randomUUID,
      onError: (error) => errors.push(error),
    });
  const [one, other] = [await open(), await open()];
  try {
    const heard: string[] = [];
    const stop = other.cancels.subscribe(({ runId }) => heard.push(runId));
    await one.cancels.publish({ threadId: 't', runId: 'r', action: 'interrupt' });
    await eventually(() => (heard.includes('r') ? true : null), 'the cancellation', 10_000);
    stop();
    for (const operation of ['post', 'edit', 'remove'] as const) {
      const slack = slackBudgets(
        { platform: 'slack', tenant: 'T1', channel: 'C1', thread: '1.1' },
        operation,
      );
      const discord = discordBudgets(
        { platform: 'discord', tenant: 'G', channel: 'C', thread: '7' },
        operation,
      );
      for (const budgets of [slack, discord]) {
        expect(await one.budgets.take(budgets, 'final', 'm')).toEqual({
          waitMs: 0,
          active: budgets.map(() => 1),
        });
        await other.budgets.penalise(budgets.slice(0, 1), 5_000);
        expect((await one.budgets.take(budgets, 'final', 'm')).waitMs).toBeGreaterThan(3_000);
        await one.budgets.leave(budgets, 'm');
      }
    }
    expect(errors).toEqual([]);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}, 30_000);

test('a node that is named without saying that it is of a cluster is told with the way to write it', async () => {
  const url = cluster.url.replace('redis+cluster:', 'redis:');
  const opening = openQueues({ url, prefix: 'p', timings: QUICK, newId: randomUUID, onError: () => {} });

  await expect(opening).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringContaining('redis+cluster://'),
  });
});

test('all keys of one script or command are in one slot, and those of others are not', () => {
  const keys = keysWith('p');
  const tags = (...names: string[]) => new Set(names.map(hashTagOf)).size;

  const together = [
    slackBudgets({ platform: 'slack', tenant: 'T1', channel: 'C1', thread: '1.1' }, 'post'),
    discordBudgets({ platform: 'discord', tenant: 'G', channel: 'C', thread: '7' }, 'edit'),
  ];
  for (const budgets of together) {
    expect(tags(...budgets.flatMap(({ key }) => [keys.budget(key), keys.members(key)]))).toBe(1);
  }
  const runs = Array.from({ length: 200 }, () => keys.runEvents(randomUUID()));
  expect(tags(...runs)).toBe(STREAM_LANES);
  expect(tags(...runs, keys.cancels)).toBe(STREAM_LANES);
  expect(hashTagOf(keys.wake(hashTagOf(keys.cancels), 'process'))).toBe(hashTagOf(keys.cancels));
});
