import { afterEach, expect } from 'vitest';
import { type ManualClock, manualClock } from '../../fakes/slack/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type PrivateStore, startPrivateMongodb } from '../../fixtures/private-stores.ts';
import { isFullSize, promise } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { withDatabase } from '../../fixtures/stores.ts';
import { counts } from './door.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const AWAY_MS = isFullSize ? 60_000 : 6_000;

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

for (const { how, begin, end } of OUTAGES) {
  const about = `while MongoDB is ${how} nothing is acknowledged; what is told again ends as one run each`;
  promise(6, about, { tries: 100, timeoutMs: 400_000 }, async ({ count: events, passed }) => {
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
    for (let index = 0; index < events; index += 1) {
      const threadTs = index % 3 === 0 ? { threadTs: known.ts } : {};
      slack.say({ channel, user, text: `question ${index}`, ...threadTs });
    }
    const attempts = (attempt: number) =>
      slack.deliveries.slice(1).filter((delivery) => delivery.attempt === attempt);
    const handed = (attempt: number) =>
      slack.until(`try ${attempt} of each is on its way`, () => attempts(attempt).length === events);
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
      () => attempts(3).filter(({ outcome }) => outcome === 'acked').length === events,
      60_000,
    );

    const all = events + 1;
    const threads = all - Math.ceil(events / 3);
    expect(await counts(relay.database)).toEqual({ threads, messages: all, runs: all, deliveries: all });
    passed(events);
  });
}
