import { afterEach, expect, it } from 'vitest';
import type { DiscordAdapter } from '../../../../src/adapters/discord/index.ts';
import { createDiscordAdapter } from '../../../../src/adapters/discord/index.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import type { DiscordFake, DiscordFakeOptions } from '../../../fakes/discord/index.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import { identifyAtOnce } from './house.ts';
import { createMemoryCursors, createRecordingIngest } from './recording-house.ts';

let fake: DiscordFake;
let adapters: DiscordAdapter[] = [];
afterEach(async () => {
  await Promise.all(adapters.map((adapter) => adapter.stop(0)));
  adapters = [];
  await fake.close();
});

async function openFake(gateway: DiscordFakeOptions['gateway'] = {}): Promise<void> {
  fake = await createDiscordFake({ limits: { global: { count: 500, windowMs: 1_000 } }, gateway });
}

/** A process's share of Discord: the adapter of one shard, and what it told the house. */
function gatewayOf(
  index: number,
  count: number,
  { cursors = createMemoryCursors(), house = createRecordingIngest() } = {},
) {
  const adapter = createDiscordAdapter({
    token: fake.token,
    apiUrl: fake.apiUrl,
    ingest: house.ingest,
    cursors,
    threads: { recentByPlatform: async () => [] },
    logger: silentLogger,
    saveCursorsMs: 20,
    buildIdentifyThrottler: identifyAtOnce,
    shard: { index, count },
  });
  adapters.push(adapter);
  return { adapter, cursors, house, heard: () => house.record.messages.map(({ sourceId }) => sourceId) };
}

/** A text channel in each of two guilds, of which the first belongs to shard 0 of 2 and the other to shard 1. */
function channelsOfTwoShards(): string[] {
  return [0n, 1n].map((wanted) => {
    for (;;) {
      fake.advance(1);
      const guild = fake.addGuild();
      if ((BigInt(guild) >> 22n) % 2n === wanted) return fake.addTextChannel({ guild });
      fake.removeBot(guild);
    }
  });
}

it('each shard hears its own guilds, and the first one direct messages too', async () => {
  await openFake();
  const channels = channelsOfTwoShards();
  const ada = fake.addUser();
  const shards = [gatewayOf(0, 2), gatewayOf(1, 2)];
  for (const { adapter } of shards) await adapter.start();

  const said = channels.map((channel) => fake.say({ channel, user: ada, text: 'hello' }).id);
  const direct = fake.dm(ada, 'psst').id;
  await fake.until(() => shards.flatMap(({ heard }) => heard()).length === 3);

  expect(new Set(shards[0]?.heard())).toEqual(new Set([said[0], direct]));
  expect(shards[1]?.heard()).toEqual([said[1]]);
  expect(fake.violations).toEqual([]);
});

it('a shard that was away reads what its own guilds said, and asks for no other channel', async () => {
  await openFake();
  const channels = channelsOfTwoShards();
  const ada = fake.addUser();
  const cursors = createMemoryCursors();
  for (const index of [0, 1]) {
    const first = gatewayOf(index, 2, { cursors });
    await first.adapter.start();
    const { id } = fake.say({ channel: channels[index] ?? '', user: ada, text: 'seen' });
    await fake.until(() => first.heard().includes(id));
    await first.adapter.stop();
  }

  const missed = channels.map((channel) => fake.say({ channel, user: ada, text: 'missed' }).id);
  const asked = fake.history.length;
  const back = gatewayOf(1, 2, { cursors });
  await back.adapter.start();
  await fake.until(() => back.heard().includes(missed[1] ?? ''));
  await back.adapter.stop();

  expect(back.heard()).not.toContain(missed[0]);
  const reads = fake.history.slice(asked).map(({ path }) => path);
  expect(reads.some((path) => path.includes(channels[1] ?? 'none'))).toBe(true);
  expect(reads.filter((path) => path.includes(channels[0] ?? 'none'))).toEqual([]);
});

it('with another number of shards a guild is read on from where its former shard was', async () => {
  await openFake();
  const channels = channelsOfTwoShards();
  const ada = fake.addUser();
  const cursors = createMemoryCursors();
  const alone = gatewayOf(0, 1, { cursors });
  await alone.adapter.start();
  const before = channels.map((channel) => fake.say({ channel, user: ada, text: 'before' }).id);
  await fake.until(() => before.every((id) => alone.heard().includes(id)));
  await alone.adapter.stop();

  const between = channels.map((channel) => fake.say({ channel, user: ada, text: 'between' }).id);
  const shards = [gatewayOf(0, 2, { cursors }), gatewayOf(1, 2, { cursors })];
  for (const { adapter } of shards) await adapter.start();
  await fake.until(() => shards.every(({ heard }) => heard().length > 0));

  // The margin of a cursor reads a little of the past again, which the store knows already.
  const fresh = shards.map(({ heard }) => heard().filter((id) => !before.includes(id)));
  expect(fresh).toEqual(between.map((id) => [id]));
});

it('two gateways on one shard both hear every event, and the house keeps each once', async () => {
  await openFake();
  const channel = fake.addTextChannel();
  const ada = fake.addUser();
  const house = createRecordingIngest();
  const cursors = createMemoryCursors();
  const twins = [gatewayOf(0, 1, { house, cursors }), gatewayOf(0, 1, { house, cursors })];
  for (const { adapter } of twins) await adapter.start();
  expect(fake.gateway.connected()).toBe(2);

  const said = Array.from({ length: 10 }, (_, n) => fake.say({ channel, user: ada, text: `m${n}` }).id);
  await fake.until(
    () => BigInt(cursors.positions.get(`discord:${channel}`) ?? 0) >= BigInt(said.at(-1) ?? 0),
  );
  await adapters[0]?.stop();
  const later = fake.say({ channel, user: ada, text: 'one is enough' }).id;
  await fake.until(() => twins[0]?.heard().includes(later) === true);

  expect(twins[0]?.heard()).toEqual([...said, later]);
});

it('too many guilds for the shards is told with the way to mend it', async () => {
  await openFake({ maxGuildsPerShard: 1 });
  channelsOfTwoShards();

  await expect(gatewayOf(0, 1).adapter.start()).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringContaining('DISCORD_SHARD'),
  });
});
