import { expect } from 'vitest';
import { CRASH_POINTS } from '../../src/core/crash-points.ts';
import { promise } from '../fixtures/promise.ts';
import type { RelayService } from '../fixtures/relay-service.ts';
import type { Conversation } from '../integration/delivery/conversations.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';
import { askBoth, expectFaultless, expectWhole } from './asked.ts';
import { batches, inLanes } from './in-lanes.ts';
import { within } from './within.ts';
import { useWorkerHouses } from './worker-houses.ts';

const POINTS = CRASH_POINTS.filter((point) => !point.startsWith('ingest.'));

/** What waits for leases to run out costs nothing, so several houses wait beside each other. */
const LANES = 5;
/** Killed with one process. More would press on Discord's 50 calls a second, and wait for that and not for a recovery. */
const MOST_AT_ONCE = 9;
const TERMINAL_WITHIN_MS = 90_000;
const START_WITHIN_MS = 60_000;

const houses = useWorkerHouses();

promise(
  11,
  'killed at each crash point of a run and its delivery, a worker leaves one final answer within 90 s',
  { tries: POINTS.length * 25, inCi: POINTS.length, timeoutMs: 1_500_000 },
  async ({ count, once }) => {
    const lanes: RelayService[] = [];
    while (lanes.length < LANES) lanes.push(await houses.open());
    const atEach = Math.ceil(count / POINTS.length);
    const rounds = POINTS.flatMap((crashAt) =>
      batches(atEach, MOST_AT_ONCE).map((together) => ({ crashAt, together })),
    );
    await inLanes(lanes, rounds, async (house, { crashAt, together }) => {
      // Given a process that dies when each of the conversations is at the point
      const doomed = houses.worker(house, { crashAt, nth: together });
      await doomed.ready;
      const talks = askBoth(house, together);
      expect(await within(doomed.ended, START_WITHIN_MS, `death at ${crashAt}`)).toBe('SIGKILL');
      // When another takes over
      const healthy = await house.addService(['worker']);
      // Then each is answered once
      await Promise.all(talks.map((talk) => once(() => expectWhole(house, talk, TERMINAL_WITHIN_MS))));
      await healthy.stop();
    });
    await expectFaultless(lanes);
  },
);

promise(
  11,
  'killed at random times under load, workers leave one final answer to each message within 90 s',
  { tries: 50, inCi: 3, timeoutMs: 1_200_000 },
  async ({ count, once, passed }) => {
    const random = seededRandom(11);
    const house = await houses.open();
    const workers = [houses.worker(house), houses.worker(house), houses.worker(house)];
    await Promise.all(workers.map(({ ready }) => ready));
    const talks: Conversation[] = [];
    for (let kills = 0; kills < count; kills += 1) {
      talks.push(...askBoth(house, 4));
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 3_000));
      const next = houses.worker(house);
      const [victim] = workers.splice(Math.floor(random() * workers.length), 1, next);
      await victim?.kill();
      await next.ready;
    }
    passed(count);
    await Promise.all(talks.map((talk) => once(() => expectWhole(house, talk, TERMINAL_WITHIN_MS))));
    await expectFaultless([house]);
  },
);
