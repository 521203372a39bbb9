import { afterEach, expect } from 'vitest';
import { startPrivateRedis } from '../../fixtures/private-stores.ts';
import { promise } from '../../fixtures/promise.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { startedRun } from '../../fixtures/run-ends.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { testDatabase } from '../../fixtures/stores.ts';
import { startEngines } from './engines.ts';
import { allAnswered } from './told-events.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Three kills: while runs are queued, while they run, while the last ones end. */
const KILLED_AT = [0, 0.3, 0.8];
/** Messages of one thread: doorbells of a thread that has more to do are the ones that are easily lost. */
const A_THREAD = 4;

type Restart = { about: string; empty: boolean };
const RESTARTS: Restart[] = [
  { about: 'Redis killed under 1,000 runs and back with its data: none lost, none doubled', empty: false },
  { about: 'Redis killed under 1,000 runs and back without its data: none lost, none doubled', empty: true },
];

for (const { about, empty } of RESTARTS) {
  promise(29, about, { tries: 1_000, timeoutMs: 400_000 }, async ({ count, passed }) => {
    // Given two processes that execute runs
    const redis = await startPrivateRedis();
    closing.push(() => redis.stop());
    const place = { mongodbUri: testDatabase(), redis: { url: redis.url, prefix: 'killed' } };
    const { first, second, close } = await startEngines(place);
    closing.push(close);
    // When Redis is killed while they come in and are worked off
    const texts = new Set<string>();
    const told = Array.from({ length: count }, async (_, index) => {
      const text = `event ${index}`;
      const thread = `thread-${Math.floor(index / A_THREAD)}`;
      startedRun(await (index % 2 === 0 ? first : second).ingest.message(incoming({ text, thread })));
      texts.add(text);
    });
    const ended = () => first.database.models.runs.countDocuments({ endedAt: { $ne: null } });
    for (const share of KILLED_AT) {
      await eventually(
        async () => (texts.size > 0 && (await ended()) >= share * count ? true : null),
        'work is done',
        120_000,
      );
      await redis.kill();
      await redis.restart({ empty });
    }
    const backAt = performance.now();
    await Promise.all(told);
    // Then every one has its one run and its one answer
    expect(texts.size).toBe(count);
    await allAnswered(first.database, texts, 60_000 + count * 60);
    passed(count, performance.now() - backAt);
  });
}
