import { afterEach, describe, expect, it } from 'vitest';
import { promise } from '../../../fixtures/promise.ts';
import type { House } from './house.ts';
import { openHouse, postIn } from './house.ts';

let house: House;
afterEach(() => house.close());

function sources(): string[] {
  return house.record.messages.map((message) => message.sourceId);
}

function cursor(id: string): bigint {
  return BigInt(house.cursors.positions.get(`discord:${id}`) ?? '0');
}

/** As many in CI: they take a few seconds. */
const MESSAGES = 100;

describe('what was missed is read again', () => {
  const cuts = '100 messages over 10 socket cuts, half unresumable: none missing, none doubled';
  promise(8, cuts, { tries: MESSAGES, timeoutMs: 60_000 }, async ({ passed }) => {
    house = await openHouse();
    const { fake, channel, ada, record } = house;
    const { threadId } = postIn(house);
    await fake.until(() => sources().includes(threadId));
    await fake.until(() => cursor(threadId) >= BigInt(threadId));
    const ids: string[] = [];
    const say = (count: number): void => {
      for (let n = 0; n < count; n += 1) {
        const place = ids.length % 2 === 0 ? threadId : channel;
        ids.push(fake.say({ channel: place, user: ada, text: `message ${ids.length}` }).id);
      }
    };
    for (let cut = 0; cut < 10; cut += 1) {
      say(4);
      fake.gateway.goOffline({ resumable: cut % 2 === 0 });
      say(6);
      fake.gateway.goOnline();
      await fake.until(() => fake.gateway.connected() === 1, 10_000);
    }
    await fake.until(() => ids.every((id) => sources().includes(id)), 10_000);
    expect(sources().filter((id) => ids.includes(id)).length).toBe(MESSAGES);
    const inThread = record.messages
      .filter((message) => message.origin.thread === threadId)
      .map((m) => m.sourceId);
    expect(inThread).toEqual([...inThread].sort());
    expect(fake.violations).toEqual([]);
    passed(MESSAGES);
  });

  it('what was written while the process was down is read at the next start, new and archived threads too', async () => {
    house = await openHouse();
    const { fake, channel, ada, adapter } = house;
    const old = postIn(house, 'old');
    fake.say({ channel, user: ada, text: 'seen' });
    await fake.until(() => sources().length === 2);
    await adapter.stop();

    const missed = [
      fake.say({ channel, user: ada, text: 'missed' }).id,
      fake.say({ channel: old.threadId, user: ada, text: 'missed in thread' }).id,
      postIn(house, 'new').threadId,
    ];
    const closed = postIn(house, 'closed meanwhile').threadId;
    fake.archive(closed);
    const next = house.makeAdapter();
    await next.start();
    await fake.until(() => [...missed, closed].every((id) => sources().includes(id)));
    expect(house.record.messages.find((message) => message.sourceId === closed)?.threadName).toBe(
      'closed meanwhile',
    );
    await next.stop();
  });

  it('the first start leaves the past alone', async () => {
    house = await openHouse();
    const { fake, channel, ada, adapter } = house;
    await adapter.stop();
    house.cursors.positions.clear();
    fake.say({ channel, user: ada, text: 'before' });
    const next = house.makeAdapter();
    await next.start();
    const { id } = fake.say({ channel, user: ada, text: 'after' });
    await fake.until(() => sources().includes(id));
    expect(sources()).toEqual([id]);
    await next.stop();
  });

  it('a cursor never passes a message that is not persisted', async () => {
    house = await openHouse();
    const { fake, channel, ada, record, adapter } = house;
    fake.say({ channel, user: ada, text: 'kept' });
    await fake.until(() => cursor(channel) > 0n);
    record.away = true;
    const { id } = fake.say({ channel, user: ada, text: 'not kept' });
    await fake.until(() => record.refused > 0);
    await adapter.stop(50);
    expect(cursor(channel)).toBeLessThan(BigInt(id));
    expect(cursor(fake.guildId)).toBeLessThan(BigInt(id));

    record.away = false;
    const next = house.makeAdapter();
    await next.start();
    await fake.until(() => sources().includes(id));
    await next.stop();
  });

  it('what finds no room in the queue is read when there is room again', async () => {
    house = await openHouse({ adapter: { queueCapacity: 5 } });
    const { fake, channel, ada, record } = house;
    record.away = true;
    const ids = Array.from({ length: 30 }, (_, n) => fake.say({ channel, user: ada, text: `m${n}` }).id);
    await fake.until(() => record.refused > 0);
    record.away = false;
    await fake.until(() => ids.every((id) => sources().includes(id)));
    expect(sources()).toEqual(ids);
  });

  it('direct messages with a known thread are read', async () => {
    house = await openHouse();
    const { channelId } = house.fake.dm(house.ada, 'first');
    await house.fake.until(() => sources().length === 1);
    await house.adapter.stop();
    const { id } = house.fake.dm(house.ada, 'missed');
    const origin = { platform: 'discord', tenant: '@me', channel: channelId, thread: channelId } as const;
    const at = new Date(0);
    const thread = {
      id: 't',
      projectId: 'p',
      assistantId: 'a',
      name: null,
      metadata: {},
      origin,
      closed: null,
      lastSeq: 1,
      values: {},
      openRuns: 0,
      lastEnd: 'idle' as const,
      deleteAt: null,
      createdAt: at,
      updatedAt: at,
    };
    const next = house.makeAdapter({
      threads: { recentByPlatform: async () => [thread] },
    });
    await next.start();
    await house.fake.until(() => sources().includes(id));
    await next.stop();
  });
});
