import { afterEach, expect } from 'vitest';
import { incoming, startRunEngine } from '../../fixtures/run-engine.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type PrivateStore, startPrivateRedis } from '../../fixtures/private-stores.ts';
import { promise } from '../../fixtures/promise.ts';
import { counts, inBatches, newPlace, openDoor, steppedClock } from './door.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

promise(
  1,
  'told to two doors at one moment',
  { tries: 200, timeoutMs: 300_000 },
  async ({ count: events, once }) => {
    const place = newPlace();
    const doors = await Promise.all([openDoor(place), openDoor(place)]);
    closing.push(...doors.map(({ close }) => close));
    const [first, second] = doors;
    if (first === undefined || second === undefined) throw new Error('two doors');
    await inBatches(events, 20, (index) =>
      once(async () => {
        // Half of the events continue a thread, half begin one.
        const message = incoming({
          thread: index % 2 === 0 ? `t${index % 8}` : `new${index}`,
          text: `q${index}`,
        });
        const results = await Promise.all(
          [first, second, first, second, second].map(({ ingest }) =>
            ingest.message(structuredClone(message)),
          ),
        );
        expect(results.map(({ kind }) => kind).toSorted()).toEqual([...Array(4).fill('duplicate'), 'run']);
        expect(new Set(results.map((result) => ('messageId' in result ? result.messageId : null))).size).toBe(
          1,
        );
      }),
    );
    const { messages, runs, deliveries } = await counts(first.database);
    expect({ messages, runs, deliveries }).toEqual({ messages: events, runs: events, deliveries: events });
  },
);

promise(3, '', { tries: 50, timeoutMs: 300_000 }, async ({ count, passed }) => {
  const redis: PrivateStore = await startPrivateRedis();
  closing.push(() => redis.stop());
  const place = { ...newPlace(), redis: { url: redis.url, prefix: 'p' } };
  const engine = await startRunEngine({ ...place, script: { delayMs: 0, reply: 'ok', chunk: null } });
  closing.push(() => engine.close());
  const clock = steppedClock();
  const doors = await Promise.all([openDoor(place, { clock }), openDoor(place, { clock })]);
  closing.push(...doors.map(({ close }) => close));
  const [first, second] = doors;
  if (first === undefined || second === undefined) throw new Error('two doors');

  const messages = Array.from({ length: count }, (_, index) => incoming({ text: `question ${index}` }));
  for (const message of messages) expect((await first.ingest.message(message)).kind).toBe('run');
  const redeliver = async () => {
    for (const [index, message] of messages.entries()) {
      const door = index % 2 === 0 ? first : second;
      expect((await door.ingest.message(structuredClone(message))).kind).toBe('duplicate');
    }
  };
  const flush = () => engine.queues.connections.commands.flushall();

  await redeliver();
  clock.advance(60_000);
  await redeliver();
  await flush();
  await redeliver();
  engine.addWorker();
  engine.sweeper();
  await eventually(
    async () =>
      (await engine.database.models.runs.countDocuments({ status: 'succeeded' })) === messages.length
        ? true
        : null,
    'all runs end, though Redis was flushed',
  );
  clock.advance(240_000);
  await redeliver();
  await flush();
  clock.advance(86_400_000);
  await redeliver();

  expect(await counts(engine.database)).toEqual({
    threads: messages.length,
    messages: messages.length,
    runs: messages.length,
    deliveries: messages.length,
  });
  expect(await engine.database.models.messages.countDocuments({ role: 'ai' })).toBe(messages.length);
  expect(await engine.database.models.runs.countDocuments({ attempt: { $gt: 1 } })).toBe(0);
  passed(count);
});

promise(
  7,
  'four first messages that race make one thread',
  { tries: 500, timeoutMs: 300_000 },
  async ({ count: races, once }) => {
    const place = newPlace();
    const doors = await Promise.all(Array.from({ length: 4 }, () => openDoor(place)));
    closing.push(...doors.map(({ close }) => close));
    const [some] = doors;
    if (some === undefined) throw new Error('no door');
    await inBatches(races, 20, (index) =>
      once(async () => {
        const thread = `race${index}`;
        const results = await Promise.all(
          doors.map(({ ingest }, door) => ingest.message(incoming({ thread, text: `from door ${door}` }))),
        );
        expect(results.map(({ kind }) => kind)).toEqual(['run', 'run', 'run', 'run']);
        const threads = new Set(results.map((result) => ('threadId' in result ? result.threadId : null)));
        expect(threads.size).toBe(1);
        const [threadId] = threads;
        const messages = await some.stores.messages.tail(threadId ?? '', 10);
        expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
        const runs = await some.stores.runs.listByThread(threadId ?? '', 10);
        expect(runs.map(({ ordinal }) => ordinal)).toEqual([4, 3, 2, 1]);
      }),
    );
    expect(await counts(some.database)).toEqual({
      threads: races,
      messages: 4 * races,
      runs: 4 * races,
      deliveries: 4 * races,
    });
  },
);
