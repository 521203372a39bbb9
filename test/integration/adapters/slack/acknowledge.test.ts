import { afterEach, expect, test } from 'vitest';
import type { CrashPoint } from '../../../../src/core/crash-points.ts';
import { manualClock } from '../../../fakes/slack/index.ts';
import { type Setup, setUp } from './harness.ts';

let setup: Setup | undefined;
afterEach(async () => {
  await setup?.close();
  setup = undefined;
});

const unavailable = () => Promise.reject(new Error('the store is away'));

test('an event is acknowledged only after it is persisted', async () => {
  const { fake, ingest } = (setup = await setUp());
  const { id: channel } = fake.addChannel({ name: 'help' });
  const user = fake.addUser().id;
  const gate = Promise.withResolvers<void>();
  let tries = 0;
  ingest.before = () => {
    tries += 1;
    return tries === 1 ? gate.promise : Promise.resolve();
  };
  const { ts } = fake.say({ channel, user, text: 'hello' });
  fake.say({ channel, user, text: 'a later one, to see that acknowledgements do come' });
  await fake.until('the later one is acknowledged', () => fake.deliveries[1]?.outcome === 'acked');
  expect(fake.deliveries[0]?.outcome).toBe('pending');
  gate.resolve();
  await fake.until('it is acknowledged', () => fake.deliveries[0]?.outcome === 'acked');
  expect(ingest.taken.has(ts)).toBe(true);
});

test('a process that dies before it acknowledges has persisted, and the event comes again', async () => {
  const clock = manualClock();
  const reached: CrashPoint[] = [];
  const crash = (point: CrashPoint) => {
    if (point !== 'ingest.before_acknowledge') return;
    reached.push(point);
    if (reached.length === 1) throw new Error('died here');
  };
  const { fake, ingest } = (setup = await setUp({ fake: { clock }, adapter: { crash } }));
  const { id: channel } = fake.addChannel({ name: 'help' });
  const { ts } = fake.say({ channel, user: fake.addUser().id, text: 'hello' });
  await fake.until('the first try died', () => reached.length === 1);
  expect(ingest.taken.has(ts)).toBe(true);
  expect(fake.deliveries[0]?.outcome).toBe('pending');
  await clock.advance(3_000);
  await fake.until('it is acknowledged', () => fake.deliveries[1]?.outcome === 'acked');
  expect(reached).toEqual(['ingest.before_acknowledge', 'ingest.before_acknowledge']);
  expect(ingest.messages).toHaveLength(2);
  expect(ingest.taken.size).toBe(1);
});

test('an event that cannot be persisted is not acknowledged, and comes again until it is', async () => {
  const clock = manualClock();
  const { fake, ingest } = (setup = await setUp({ fake: { clock } }));
  const { id: channel } = fake.addChannel({ name: 'help' });
  let tries = 0;
  ingest.before = () => {
    tries += 1;
    return tries < 3 ? unavailable() : Promise.resolve();
  };
  const { ts } = fake.say({ channel, user: fake.addUser().id, text: 'hello' });
  for (const [attempt, wait] of [3_000, 63_000].entries()) {
    await fake.until('it was tried', () => tries === attempt + 1);
    expect(fake.deliveries.every(({ outcome }) => outcome !== 'acked')).toBe(true);
    await clock.advance(wait);
  }
  await fake.until('it is acknowledged', () => fake.deliveries.at(-1)?.outcome === 'acked');
  expect(new Set(fake.deliveries.map(({ eventId }) => eventId)).size).toBe(1);
  expect(fake.deliveries.map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout', 'acked']);
  expect([...ingest.taken.keys()]).toEqual([ts]);
});

test('persisting that takes longer than Slack waits is still right: the same message again, acknowledged', async () => {
  const clock = manualClock();
  const { fake, ingest } = (setup = await setUp({ fake: { clock } }));
  const { id: channel } = fake.addChannel({ name: 'help' });
  const gate = Promise.withResolvers<void>();
  let tries = 0;
  ingest.before = () => {
    tries += 1;
    return tries === 1 ? gate.promise : Promise.resolve();
  };
  fake.say({ channel, user: fake.addUser().id, text: 'hello' });
  await fake.until('it arrived', () => tries === 1);
  await clock.advance(3_000);
  await fake.until('it came again and is acknowledged', () => fake.deliveries[1]?.outcome === 'acked');
  gate.resolve();
  await fake.until('both were told', () => ingest.messages.length === 2);
  expect(ingest.taken.size).toBe(1);
});

test('an event delivered five times at once is one message, and each is acknowledged', async () => {
  const { fake, ingest, another } = (setup = await setUp());
  const second = another();
  await second.start();
  const { id: channel } = fake.addChannel({ name: 'help' });
  fake.faults.event({ type: 'message', do: { kind: 'duplicate', times: 5 } });
  const { ts } = fake.say({ channel, user: fake.addUser().id, text: 'hello' });
  await fake.until(
    'all are acknowledged',
    () => fake.deliveries.filter((d) => d.outcome === 'acked').length === 5,
  );
  expect([...ingest.taken.keys()]).toEqual([ts]);
});

test('a stop ends what is in hand, acknowledges it, and saves the position', async () => {
  const { fake, ingest, adapter, cursors } = (setup = await setUp());
  const { id: channel } = fake.addChannel({ name: 'help' });
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  ingest.before = () => {
    arrived.resolve();
    return gate.promise;
  };
  const { ts } = fake.say({ channel, user: fake.addUser().id, text: 'hello' });
  await arrived.promise;
  const stopped = adapter.stop();
  gate.resolve();
  await stopped;
  await fake.until('it is acknowledged', () => fake.deliveries[0]?.outcome === 'acked');
  await fake.until('the socket is closed', () => fake.connections === 0);
  expect(cursors.positions.get(`slack:${fake.teamId}:${channel}`)).toBe(ts);
});
