import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import {
  type RelayService,
  type RelayServiceOptions,
  startRelayService,
} from '../../fixtures/relay-service.ts';
import { ask, closeWellBehaved } from '../delivery/conversations.ts';

let house: RelayService;
afterEach(() => closeWellBehaved(house));

const CONFIG = `
projects: { default: { budgets: { user_tokens_per_day: 340 } } }
assistants: { echo: { model: { provider: scripted, tokens: 20, delay_ms: 0 } } }
slack: { answer: every_message }
discord: { answer: every_message }
`;

async function open(options: RelayServiceOptions): Promise<void> {
  house = await startRelayService({ config: CONFIG, ...options });
}

const NOTICE = /^⚠️ You are writing faster than I may answer\. .* I answer again in \d+ s: ask me then\.$/;

test('who writes too fast in a thread of Slack is told once, below the message', async () => {
  await open({ discord: false, pace: { most: 1, windowMs: 60_000 } });
  const { slack } = house;
  const channel = slack.addChannel({ name: 'fast' }).id;
  const user = slack.addUser().id;
  const { ts } = slack.say({ channel, user, text: 'one' });
  const shown = () =>
    slack
      .thread(channel, ts)
      .filter(({ botId }) => botId !== undefined)
      .map(({ visible }) => visible);
  await eventually(
    () => (shown().at(0)?.includes('token20') === true ? true : null),
    'the first is answered',
  );
  for (const text of ['two', 'three', 'four']) slack.say({ channel, user, text, threadTs: ts });
  await eventually(async () => {
    const thread = await house.stores.threads.findByOrigin({
      platform: 'slack',
      tenant: slack.teamId,
      channel,
      thread: ts,
    });
    return thread !== null && (await house.stores.messages.tail(thread.id, 10)).length === 5 ? true : null;
  }, 'all are kept');
  await eventually(() => (shown().some((text) => NOTICE.test(text)) ? true : null), 'the person is told');
  expect(shown()).toHaveLength(2);
});

test.each(['slack', 'discord'] as const)(
  '%s: who has spent a budget is told so, and when it is renewed',
  async (platform) => {
    await open({});
    const talk = ask(house, platform, 'a question '.repeat(40));
    const text = await eventually(
      () => talk.shown().find((each) => each.includes('UTC')) ?? null,
      'it is told',
    );
    expect(text).toMatch(
      /^⚠️ What is left of your budget for today \(340 tokens\) does not suffice for this answer\. It is renewed at 00:00 UTC, in (\d+ h )?\d+ min\.$/,
    );
    expect(talk.shown()).toHaveLength(1);
  },
);
