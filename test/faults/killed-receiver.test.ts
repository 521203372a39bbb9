import { expect } from 'vitest';
import { CRASH_POINTS, type CrashPoint } from '../../src/core/crash-points.ts';
import { TIMINGS } from '../../src/core/timings.ts';
import { type ManualClock, manualClock } from '../fakes/slack/index.ts';
import { eventually } from '../fixtures/eventually.ts';
import { promise, type Tries } from '../fixtures/promise.ts';
import { ECHO, type RelayService, startRelayService } from '../fixtures/relay-service.ts';
import { expectFaultless, expectWhole, prepareBoth } from './asked.ts';
import { batches, inLanes } from './in-lanes.ts';
import { useWorkerHouses } from './worker-houses.ts';
import { within } from './within.ts';

const POINTS = CRASH_POINTS.filter((point) => point.startsWith('ingest.'));
const STORES_NOTHING: readonly CrashPoint[] = ['ingest.received', 'ingest.before_persist'];

type Transport = 'socket' | 'http';
type Round = { crashAt: CrashPoint; together: number; transport: Transport };

const MOST_AT_ONCE = 10;
const DIES_WITHIN_MS = 60_000;
/** Slack waits 3 s for an acknowledgement, then sends the event again at once, after a minute and after five. */
const SLACK_WAITS_MS = [3_000, 60_000, 300_000] as const;

const houses = useWorkerHouses();

promise(
  5,
  '',
  { tries: POINTS.length * 50, inCi: POINTS.length * 2, timeoutMs: 1_500_000 },
  async ({ count, once }) => {
    const rounds = POINTS.flatMap((crashAt, index) =>
      batches(Math.ceil(count / POINTS.length), MOST_AT_ONCE).map(
        (together, round): Round => ({
          crashAt,
          together,
          transport: (index + round) % 2 === 0 ? 'socket' : 'http',
        }),
      ),
    );
    await inLanes([1, 2, 3], rounds, (_, round) => killReceiver(round, once));
  },
);

async function killReceiver({ crashAt, together, transport }: Round, once: Tries['once']): Promise<void> {
  // Given a bot that has listened before, and people who are about to ask
  const clock = manualClock();
  const house = await startRelayService({
    config: ECHO,
    roles: [['slack', 'discord']],
    slack: { limits: false, clock },
    timings: TIMINGS,
  });
  houses.add(house);
  const { slack } = house;
  const people = prepareBoth(house, together);
  await Promise.all(house.services.map((service) => service.stop()));
  const receivers = { environment: environmentFor(house, transport), config: ECHO, timings: TIMINGS };
  const hear = async (url: string) => {
    if (transport === 'http') await slack.useRequestUrl(`${url}/slack/events`);
  };
  const reads = () =>
    slack.callsOf('conversations.history').filter(({ answeredAt }) => answeredAt !== undefined);
  const channels = Math.ceil(together / 2);

  // When the receiver is killed with all of their messages at the point
  const readBefore = reads().length;
  const doomed = houses.pool.spawn({
    ...receivers,
    roles: ['slack', 'discord'],
    crashAt,
    nth: together,
    hold: true,
  });
  await hear(await doomed.ready);
  await eventually(
    () => (reads().length >= readBefore + channels ? true : null),
    'the receiver has caught up',
  );
  const talks = people.map((askThere) => askThere('Hello?'));
  expect(await within(doomed.ended, DIES_WITHIN_MS, `death at ${crashAt}`)).toBe('SIGKILL');

  // Then what was acknowledged is stored, with its run, before anything is told again
  const { runs, messages } = house.database.models;
  await eventually(
    () => (acknowledged(house) === (crashAt === 'ingest.acknowledged' ? channels : 0) ? true : null),
    'the acknowledgements that were sent have arrived',
  );
  expect(await runs.countDocuments()).toBe(STORES_NOTHING.includes(crashAt) ? 0 : together);

  // And the next receiver takes the rest: Slack sends it again, from Discord it is read
  const next = houses.pool.spawn({ ...receivers, roles: ['slack', 'discord', 'worker'] });
  await hear(await next.ready);
  for (const waitMs of SLACK_WAITS_MS) await letPass(house, clock, waitMs);
  await Promise.all(talks.map((talk) => once(() => expectWhole(house, talk))));
  expect(acknowledged(house)).toBe(channels);
  expect(await runs.countDocuments()).toBe(together);
  expect(await messages.countDocuments({ role: 'human' })).toBe(together);
  expect(await next.stop()).toBe(0);
  await expectFaultless([house]);
}

function environmentFor({ environment, slack }: RelayService, transport: Transport): Record<string, string> {
  if (transport === 'socket') return environment;
  const { SLACK_APP_TOKEN: _, ...rest } = environment;
  return { ...rest, SLACK_SIGNING_SECRET: slack.signingSecret };
}

/** Messages of people of which Slack knows that they were heard. */
function acknowledged({ slack }: RelayService): number {
  const heard = slack.deliveries.filter(
    ({ event, outcome }) =>
      outcome === 'acked' && event['type'] === 'message' && event['bot_id'] === undefined,
  );
  return new Set(heard.map(({ event }) => event['ts'])).size;
}

/** Lets Slack's time pass, and waits until what it sent then is answered or lost. */
async function letPass({ slack }: RelayService, clock: ManualClock, ms: number): Promise<void> {
  await clock.advance(ms);
  await eventually(
    () => (slack.deliveries.some(({ outcome }) => outcome === 'pending') ? null : true),
    'every event that was sent again is acknowledged',
  );
}
