import { afterEach, expect } from 'vitest';
import { promise } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { counts } from './door.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

const MENTION = `
projects: { default: {} }
assistants:
  echo:
    model: { provider: scripted, reply: "You said: {{text}}" }
slack: { answer: mention }
`;

function acked({ slack }: RelayService): number {
  return slack.deliveries.filter(({ outcome }) => outcome === 'acked').length;
}

promise(
  1,
  'told by Slack to two sockets',
  { tries: 200, timeoutMs: 300_000 },
  async ({ count: events, passed }) => {
    const relay = (service = await startRelayService({
      discord: false,
      slack: { limits: false },
      roles: [['slack'], ['slack']],
    }));
    const { slack } = relay;
    await slack.until('both processes have a socket', () => slack.connections === 2);
    const { id: channel } = slack.addChannel({ name: 'help' });
    const { id: user } = slack.addUser();
    slack.faults.event({
      type: 'message',
      do: { kind: 'duplicate', times: 5 },
      times: Number.POSITIVE_INFINITY,
    });
    let said = 0;
    // As many at once as are acknowledged in time on a slow machine: what comes too late is sent again, and not counted.
    for (let first = 0; first < events; first += 10) {
      for (let index = first; index < Math.min(events, first + 10); index += 1) {
        const { ts } = slack.say({ channel, user, text: `question ${index}` });
        if (index === first) slack.say({ channel, user, text: `more of ${index}`, threadTs: ts });
        said += index === first ? 2 : 1;
      }
      await slack.until('every one of the five is acknowledged', () => acked(relay) === 5 * said, 60_000);
    }
    expect(await counts(relay.database)).toEqual({
      threads: events,
      messages: said,
      runs: said,
      deliveries: said,
    });
    passed(events);
  },
);

promise(2, '', { tries: 100, timeoutMs: 300_000 }, async ({ count: pairs, passed }) => {
  const relay = (service = await startRelayService({
    config: MENTION,
    discord: false,
    slack: { limits: false },
    roles: [['slack'], ['slack']],
  }));
  const { slack } = relay;
  await slack.until('both processes have a socket', () => slack.connections === 2);
  const { id: channel } = slack.addChannel({ name: 'help' });
  const { id: user } = slack.addUser();
  for (let pair = 0; pair < pairs; pair += 1) {
    slack.mentionOrder = pair % 2 === 0 ? 'message-first' : 'mention-first';
    slack.say({ channel, user, text: `<@${slack.botUserId}> question ${pair}` });
    // What mentions nobody and begins no thread of ours is left alone.
    slack.say({ channel, user, text: `aside ${pair}` });
  }
  await slack.until('all events are acknowledged', () => acked(relay) === 3 * pairs, 60_000);
  expect(await counts(relay.database)).toEqual({
    threads: pairs,
    messages: pairs,
    runs: pairs,
    deliveries: pairs,
  });
  const texts = await relay.database.models.messages.distinct('text');
  expect(texts.toSorted()).toEqual(Array.from({ length: pairs }, (_, pair) => `question ${pair}`).toSorted());
  passed(pairs);
});

const LATE = 'a mention whose second event comes when it is answered makes no second run';
promise(2, LATE, { tries: 1, timeoutMs: 20_000 }, async ({ passed }) => {
  const relay = (service = await startRelayService({
    config: MENTION,
    discord: false,
    slack: { limits: false },
  }));
  const { slack, stores } = relay;
  const { id: channel } = slack.addChannel({ name: 'help' });
  const { id: user } = slack.addUser();
  slack.faults.event({ type: 'app_mention', do: { kind: 'reorder', behind: 3 } });
  const { ts } = slack.say({ channel, user, text: `<@${slack.botUserId}> hello` });
  await slack.until('it is answered', () => slack.thread(channel, ts)[1]?.visible === 'You said: hello');
  for (const text of ['a', 'b', 'c']) slack.say({ channel, user, text });
  const told = () => slack.deliveries.find(({ event }) => event['type'] === 'app_mention');
  await slack.until('the mention is told', () => told()?.outcome === 'acked');
  const thread = await stores.threads.findByOrigin({
    platform: 'slack',
    tenant: slack.teamId,
    channel,
    thread: ts,
  });
  expect(await stores.runs.listByThread(thread?.id ?? '', 9)).toHaveLength(1);
  passed(1);
});
