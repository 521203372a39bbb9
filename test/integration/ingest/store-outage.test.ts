import { afterEach, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../../fakes/slack/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type PrivateStore, startPrivateMongodb } from '../../fixtures/private-stores.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { size } from '../../fixtures/size.ts';
import { withDatabase } from '../../fixtures/stores.ts';
import { counts } from './door.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const EVENTS = size(100);
const AWAY_MS = size(60) * 1_000;

/** Two ways for a database to be away: it refuses connections, or it takes them and says nothing. */
const OUTAGES: {
  how: string;
  begin(store: PrivateStore): Promise<void>;
  end(store: PrivateStore): Promise<void>;
}[] = [
  { how: 'killed', begin: (store) => store.kill(), end: (store) => store.restart() },
  {
    how: 'frozen',
    begin: async (store) => void process.kill(await store.pid(), 'SIGSTOP'),
    end: async (store) => void process.kill(await store.pid(), 'SIGCONT'),
  },
];

async function openService(mongodb: PrivateStore, clock: ManualClock): Promise<RelayService> {
  const relay = await startRelayService({
    mongodbUri: withDatabase(mongodb.url, 'relay'),
    discord: false,
    slack: { clock, limits: false },
    roles: [['slack'], ['slack']],
  });
  closing.push(() => relay.close());
  await relay.slack.until('both processes have a socket', () => relay.slack.connections === 2);
  return relay;
}

test.each(OUTAGES)(
  'promise 6: MongoDB away for 60 s ($how): nothing acknowledged; 100 retried events end as 100 runs',
  {
    timeout: 400_000,
  },
  async ({ begin, end }) => {
    const mongodb = await startPrivateMongodb();
    closing.push(() => mongodb.stop());
    const clock = manualClock();
    const relay = await openService(mongodb, clock);
    const { slack } = relay;
    const { id: channel } = slack.addChannel({ name: 'help' });
    const { id: user } = slack.addUser();
    const known = slack.say({ channel, user, text: 'before' });
    await slack.until('events are taken', () => slack.deliveries[0]?.outcome === 'acked');

    await begin(mongodb);
    const awayUntil = Date.now() + AWAY_MS;
    for (let index = 0; index < EVENTS; index += 1) {
      const threadTs = index % 3 === 0 ? { threadTs: known.ts } : {};
      slack.say({ channel, user, text: `question ${index}`, ...threadTs });
    }
    const attempts = (attempt: number) =>
      slack.deliveries.slice(1).filter((delivery) => delivery.attempt === attempt);
    const handed = (attempt: number) =>
      slack.until(`try ${attempt} of each is on its way`, () => attempts(attempt).length === EVENTS);
    const ackedWhileAway = () =>
      slack.deliveries.slice(1).filter(({ outcome }) => outcome === 'acked').length;
    await handed(0);
    await clock.advance(3_000);
    await handed(1);
    await eventually(() => (Date.now() > awayUntil ? true : null), 'the time away is over', AWAY_MS + 1_000);
    expect(ackedWhileAway()).toBe(0);
    await clock.advance(3_000);
    await clock.advance(60_000);
    await handed(2);
    await clock.advance(3_000);
    expect(ackedWhileAway()).toBe(0);
    await end(mongodb);
    await eventually(
      async () =>
        (await relay.database.ping().then(
          () => true,
          () => false,
        ))
          ? true
          : null,
      'MongoDB is back',
      60_000,
    );
    await clock.advance(300_000);
    await handed(3);
    await slack.until(
      'the last try of each is acknowledged',
      () => attempts(3).filter(({ outcome }) => outcome === 'acked').length === EVENTS,
      60_000,
    );

    const all = EVENTS + 1;
    const threads = all - Math.ceil(EVENTS / 3);
    expect(await counts(relay.database)).toEqual({ threads, messages: all, runs: all, deliveries: all });
  },
);
