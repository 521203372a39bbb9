import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import { TIMINGS } from '../../src/core/timings.ts';
import { percentile, spread } from '../bench/statistics.ts';
import { promise } from '../fixtures/promise.ts';
import { ECHO, startRelayService } from '../fixtures/relay-service.ts';
import { watchProcessorWaits } from './processor-waits.ts';
import { spawnWorker } from './spawn-worker.ts';
import { watchStalls } from './stall-watch.ts';

const EVENTS_PER_SECOND = 50;
const P99_MS = 500;
const WORST_MS = 2_500;
/** An event that was not acknowledged is told again at once and after a minute: then it is seen below what became of it. */
const SETTLED_WITHIN_MS = 75_000;
/** A cold process compiles as it goes: these are answered, and not counted. */
const WARM_UP = 50;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

promise(
  4,
  '',
  { tries: EVENTS_PER_SECOND * 300, inCi: EVENTS_PER_SECOND * 15, timeoutMs: 480_000 },
  async ({ count, passed }) => {
    // Given a process that takes Slack's signed requests, and none that executes runs
    const house = await startRelayService({ roles: [], discord: false });
    closing.push(() => house.close());
    const { slack, database, environment } = house;
    const { SLACK_APP_TOKEN: _, ...withoutSocket } = environment;
    const receiver = spawnWorker({
      environment: { ...withoutSocket, SLACK_SIGNING_SECRET: slack.signingSecret },
      config: ECHO,
      roles: ['slack'],
      timings: TIMINGS,
    });
    closing.push(() => receiver.stop());
    await slack.useRequestUrl(`${await receiver.ready}/slack/events`);
    const { id: channel } = slack.addChannel({ name: 'help' });
    const { id: user } = slack.addUser();

    // When people write 50 messages a second
    const stalls = watchStalls();
    const starved = watchProcessorWaits(receiver.pid);
    const startedAt = performance.now();
    for (let index = 0; index < WARM_UP + count; index += 1) {
      const dueAt = startedAt + (index * 1_000) / EVENTS_PER_SECOND;
      const early = dueAt - performance.now();
      if (early > 1) await pause(early);
      slack.say({ channel, user, text: `question ${index}` });
    }
    await slack.until(
      'no event is under way',
      () => slack.deliveries.every(({ outcome }) => outcome !== 'pending'),
      SETTLED_WITHIN_MS,
    );
    stalls.stop();
    starved.stop();

    // Then each is acknowledged at once, and in time, after its run is stored
    expect(slack.deliveries.filter(({ outcome }) => outcome !== 'acked')).toEqual([]);
    expect(slack.deliveries).toHaveLength(WARM_UP + count);
    const attempts = slack.deliveries
      .slice(WARM_UP)
      .map(({ at, ackedAt }) => ({ at, ackedAt: Number(ackedAt) }));
    const seen = attempts.map(({ at, ackedAt }) => ackedAt - at);
    // Less what this process was late by, and what others kept the processors from the receiver.
    const waits = attempts.map(({ at, ackedAt }) =>
      Math.max(0, ackedAt - at - stalls.within(at, ackedAt) - starved.within(at, ackedAt)),
    );
    const [p99, worst] = [percentile(waits, 0.99), percentile(waits, 1)];
    console.info(`${count} events: ${spread(waits)}; as seen on this machine: ${spread(seen)}`);
    expect(p99).toBeLessThan(P99_MS);
    expect(worst).toBeLessThan(WORST_MS);
    expect(await database.models.runs.countDocuments()).toBe(WARM_UP + count);
    passed(count, worst);
  },
);
