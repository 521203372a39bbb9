import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, expect } from 'vitest';
import type { CrashPoint } from '../../src/core/crash-points.ts';
import { keysWith } from '../../src/queue/keys.ts';
import { eventually } from '../fixtures/eventually.ts';
import { isFullSize, promise, type Tries } from '../fixtures/promise.ts';
import type { RelayService } from '../fixtures/relay-service.ts';
import { type Conversation, runOf } from '../integration/delivery/conversations.ts';
import { askBoth, expectFaultless, expectWhole } from './asked.ts';
import type { WorkerProcess } from './spawn-worker.ts';
import { within } from './within.ts';
import { useWorkerHouses } from './worker-houses.ts';

type Point = {
  /** Where a process stands still. */
  crashAt: CrashPoint;
  /** The write to the platform that was on its way out, as the service's metrics name it. */
  writes: 'post' | 'edit' | null;
};

const POINTS: readonly Point[] = [
  { crashAt: 'run.after_first_event', writes: null },
  { crashAt: 'run.before_settle', writes: null },
  { crashAt: 'delivery.before_post', writes: 'post' },
  { crashAt: 'delivery.before_edit', writes: 'edit' },
  { crashAt: 'delivery.post_accepted', writes: null },
];

const FREEZES_WITHIN_MS = 60_000;
/** In CI long enough for its runs and deliveries to be anybody's, twice over. */
const FROZEN_MS = isFullSize ? 75_000 : 15_000;
/** A drain takes 20 s at most. */
const EXITS_WITHIN_MS = 25_000;

type Frozen = Pick<Point, 'writes'> & { house: RelayService; process: WorkerProcess; talks: Conversation[] };

const houses = useWorkerHouses();
let redis: Redis | null = null;
afterEach(() => redis?.disconnect());

promise(12, '', { tries: POINTS.length * 10, timeoutMs: 600_000 }, async ({ count, once }) => {
  // One on each platform at least.
  const together = Math.max(2, Math.ceil(count / POINTS.length));
  // All stand still side by side, so that the time is waited for once.
  const frozen: Frozen[] = [];
  for (const point of POINTS) frozen.push(await freeze(point, together));
  await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
  await Promise.all(frozen.map((each) => resumeAndCompare(each, once)));
  await expectFaultless(houses.all);
});

/** Freezes a worker with all conversations at the point, and has another one answer them. */
async function freeze({ crashAt, writes }: Point, together: number): Promise<Frozen> {
  const house = await houses.open();
  const process = houses.worker(house, { crashAt, nth: together, signal: 'SIGSTOP' });
  await process.ready;
  const talks = askBoth(house, together);
  await within(process.struck, FREEZES_WITHIN_MS, `a stop at ${crashAt}`);
  await house.addService(['worker']);
  return { house, process, talks, writes };
}

/** Resumes the frozen worker; fails when anything of what the other one made is not as it was. */
async function resumeAndCompare(
  { house, process, talks, writes }: Frozen,
  once: Tries['once'],
): Promise<void> {
  await Promise.all(talks.map((talk) => expectWhole(house, talk)));
  const before = await Promise.all(talks.map((talk) => everythingOf(house, talk)));
  process.resume();
  // What was on its way out when the process stood still is taken by the platform, or is lost with a dead connection.
  const url = await process.ready;
  await eventually(
    async () => (writes === null || (await writesOf(url, writes)) >= talks.length ? true : null),
    'the stale attempts have gone on',
    EXITS_WITHIN_MS,
  );
  await Promise.all(
    talks.map((talk, index) =>
      once(() =>
        eventually(
          async () => (isDeepStrictEqual(await everythingOf(house, talk), before[index]) ? true : null),
          'everything is as it was',
          EXITS_WITHIN_MS,
        ),
      ),
    ),
  );
  expect(await process.stop()).toBe(0);
  // And nothing came after, up to the last breath of the process
  expect(await Promise.all(talks.map((talk) => everythingOf(house, talk)))).toEqual(before);
}

/** The stored run, messages and delivery of a conversation, its run events, and what people see. */
async function everythingOf(house: RelayService, talk: Conversation) {
  const { id: runId, threadId } = await runOf(house, talk);
  const { models } = house.database;
  const [runs, messages, deliveries, thread] = await Promise.all([
    models.runs.find({ threadId }).lean(),
    models.messages.find({ threadId }).lean(),
    models.deliveries.find({ threadId }).lean(),
    models.threads.findById(threadId).lean(),
  ]);
  const { REDIS_URL = '', REDIS_PREFIX = '' } = house.environment;
  redis ??= new Redis(REDIS_URL);
  const events = await redis.xrange(keysWith(REDIS_PREFIX).runEvents(runId), '-', '+');
  return { runs, messages, deliveries, thread, events, shown: talk.shown() };
}

/** How often the process has tried to write to a platform, however it went. */
async function writesOf(url: string, operation: 'post' | 'edit'): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const counts = metrics.matchAll(/^threadrelay_platform_writes_total\{(.*)\} (\d+)$/gm);
  return [...counts].reduce(
    (sum, [, labels = '', value]) => sum + (labels.includes(`"${operation}"`) ? Number(value) : 0),
    0,
  );
}
