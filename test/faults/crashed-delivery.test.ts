import { expect, test } from 'vitest';
import type { Platform } from '../../src/core/origin.ts';
import { eventually } from '../fixtures/eventually.ts';
import { promise } from '../fixtures/promise.ts';
import { type Conversation, ask } from '../integration/delivery/conversations.ts';
import { expectFaultless, expectWhole } from './asked.ts';
import { batches } from './in-lanes.ts';
import type { WorkerProcess } from './spawn-worker.ts';
import { within } from './within.ts';
import { useWorkerHouses } from './worker-houses.ts';

/** Killed with one process; a Discord bot may make 50 calls a second. */
const MOST_AT_ONCE = 5;
/** After so many kills the answers are finished, before more are asked for: those on their last chance have it one after the other. */
const KILLED_IN_A_ROUND = 20;
const DIES_WITHIN_MS = 60_000;
const WHOLE_WITHIN_MS = 180_000;

const houses = useWorkerHouses();

async function worker(...order: Parameters<typeof houses.worker>): Promise<WorkerProcess> {
  const spawned = houses.worker(...order);
  await spawned.ready;
  return spawned;
}

const platforms: readonly Platform[] = ['slack', 'discord'];

promise(
  23,
  '',
  { tries: platforms.length * 100, inCi: platforms.length * 5, timeoutMs: 1_500_000 },
  async ({ count, once }) => {
    await Promise.all(
      platforms.map(async (platform) => {
        const house = await houses.open();
        for (const round of batches(count / platforms.length, KILLED_IN_A_ROUND)) {
          const talks: Conversation[] = [];
          for (const together of batches(round, MOST_AT_ONCE)) {
            // What earlier processes left half done is in the hands of this one too, until it dies.
            const doomed = await worker(house, { crashAt: 'delivery.post_accepted', nth: together });
            for (let asked = 0; asked < together; asked += 1) talks.push(ask(house, platform, 'Hello?'));
            expect(await within(doomed.ended, DIES_WITHIN_MS, 'death after the posts')).toBe('SIGKILL');
          }
          const healthy = await worker(house);
          await Promise.all(talks.map((talk) => once(() => expectWhole(house, talk, WHOLE_WITHIN_MS))));
          await healthy.stop();
        }
      }),
    );
    await expectFaultless(houses.all);
  },
);

test.each(platforms)(
  '%s: a process that is told to stop in mid-stream leaves the message to another, which finishes it',
  async (platform) => {
    const house = await houses.open();
    const first = await worker(house);
    const talk = ask(house, platform, 'Hello?');
    await eventually(() => (talk.shown().length > 0 ? true : null), 'the answer has begun', 20_000);
    await worker(house);
    expect(await first.stop()).toBe(0);
    await expectWhole(house, talk);
  },
  60_000,
);
