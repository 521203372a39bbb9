import { afterEach, expect, test } from 'vitest';
import { eventually } from '../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../fixtures/relay-service.ts';
import { size } from '../fixtures/size.ts';
import { ask, type Conversation, faithful, settled } from '../integration/delivery/conversations.ts';
import { spawnWorker, type WorkerProcess, type WorkerProcessOptions } from './spawn-worker.ts';

const WORDS = `
projects: { default: {} }
assistants:
  words:
    model: { provider: scripted, tokens: 100, delay_ms: 30 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

let house: RelayService;
let workers: WorkerProcess[] = [];
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
  await house.close();
});

/** The platforms are listened to in this process; runs and deliveries are the business of processes that may die. */
async function openHouse(): Promise<void> {
  house = await startRelayService({ config: WORDS, roles: [['slack', 'discord']], slack: { limits: false } });
}

/** Many processes on two cores: what merely waits for its turn is not to be taken for dead. */
const PATIENT = { heartbeatStaleMs: 3_000, deliveryLeaseMs: 3_000, jobLockMs: 3_000 };

async function worker(options: Partial<WorkerProcessOptions> = {}): Promise<WorkerProcess> {
  const spawned = spawnWorker({
    environment: house.environment,
    config: WORDS,
    roles: ['worker'],
    timings: PATIENT,
    ...options,
  });
  workers.push(spawned);
  await spawned.ready;
  return spawned;
}

async function expectWhole(talk: Conversation): Promise<void> {
  const { got, wanted } = faithful(talk, await settled(house, talk, 120_000));
  expect(got).toEqual(wanted);
  expect(talk.shown()).toHaveLength(1);
}

const platforms = ['slack', 'discord'] as const;

test.each(platforms)(
  '%s: killed between a post that was accepted and its saved id, the answer goes on in that one message',
  async (platform) => {
    await openHouse();
    const talks: Conversation[] = [];
    // While one dies, the next comes up.
    const doomed = [
      worker({ crashAt: 'delivery.post_accepted' }),
      worker({ crashAt: 'delivery.post_accepted' }),
    ];
    for (let count = 0; count < size(100); count += 1) {
      await Promise.race(doomed);
      talks.push(ask(house, platform, 'Hello?'));
      const dead = await Promise.race(
        doomed.map(async (each, index) => {
          expect(await (await each).ended).toBe('SIGKILL');
          return index;
        }),
      );
      doomed[dead] = worker({ crashAt: 'delivery.post_accepted' });
    }
    for (const left of doomed) await (await left).kill();
    await worker();
    await Promise.all(talks.map(expectWhole));
    expect(house.slack.violations).toEqual([]);
    expect(house.discord.violations).toEqual([]);
  },
  120_000 + size(100) * 12_000,
);

test.each(platforms)(
  '%s: killed at any other point of a delivery, the answer is whole in one message',
  async (platform) => {
    await openHouse();
    const talks: Conversation[] = [];
    const points = [
      'delivery.claimed',
      'delivery.before_post',
      'delivery.part_saved',
      'delivery.before_edit',
      'delivery.before_final',
      'delivery.final_accepted',
      'delivery.done',
    ] as const;
    for (const crashAt of points) {
      const doomed = await worker({ crashAt });
      talks.push(ask(house, platform, 'Hello?'));
      expect(await doomed.ended).toBe('SIGKILL');
    }
    await worker();
    await Promise.all(talks.map(expectWhole));
  },
  120_000,
);

test.each(platforms)(
  '%s: a process that is told to stop in mid-stream leaves the message to another, which finishes it',
  async (platform) => {
    await openHouse();
    const first = await worker();
    const talk = ask(house, platform, 'Hello?');
    await eventually(() => (talk.shown().length > 0 ? true : null), 'the answer has begun', 20_000);
    await worker();
    expect(await first.stop()).toBe(0);
    await expectWhole(talk);
  },
  60_000,
);

test.each(platforms)(
  '%s: a process frozen before an edit and resumed after the end leaves the final text as it is',
  async (platform) => {
    await openHouse();
    const frozen = await worker({ crashAt: 'delivery.before_edit', signal: 'SIGSTOP' });
    const talk = ask(house, platform, 'Hello?');
    await eventually(() => (talk.shown().length > 0 ? true : null), 'the answer has begun', 20_000);
    await worker();
    await expectWhole(talk);
    const [before] = talk.revisions();
    frozen.resume();
    await eventually(
      () => ((talk.revisions()[0]?.length ?? 0) > (before?.length ?? 0) ? true : null),
      'the edit of the frozen process arrives',
      20_000,
    );
    await eventually(
      () => (talk.revisions()[0]?.at(-1) === before?.at(-1) ? true : null),
      'the final text is there again',
      20_000,
    );
    expect(await frozen.stop()).toBe(0);
    await expectWhole(talk);
  },
  90_000,
);
