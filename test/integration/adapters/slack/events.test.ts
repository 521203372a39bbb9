import { afterEach, expect, test } from 'vitest';
import { type Setup, setUp } from './harness.ts';

let setup: Setup | undefined;
afterEach(async () => {
  await setup?.close();
  setup = undefined;
});

test('a mention told by message and by app_mention is one message, in both orders', async () => {
  setup = await setUp();
  const { fake, ingest } = setup;
  const { id: channel } = fake.addChannel({ name: 'help' });
  const user = fake.addUser({ name: 'ada' });
  const said: string[] = [];
  for (const order of ['message-first', 'mention-first'] as const) {
    fake.mentionOrder = order;
    for (let pair = 0; pair < 5; pair += 1) {
      said.push(fake.say({ channel, user: user.id, text: `<@${fake.botUserId}> question ${pair}` }).ts);
    }
  }
  await fake.until('both events of each post are acknowledged', () => acked(setup, 20));
  expect(new Set(ingest.messages.map(({ sourceId }) => sourceId))).toEqual(new Set(said));
  expect(ingest.messages).toHaveLength(20);
  for (const ts of said) {
    const told = ingest.messages.filter(({ sourceId }) => sourceId === ts);
    expect(
      new Set(told.map((message) => JSON.stringify({ ...message, author: message.author.id }))).size,
    ).toBe(1);
    expect(told[0]).toMatchObject({
      mentionsBot: true,
      startsThread: true,
      text: expect.stringMatching(/^question \d$/),
    });
    expect(told[0]?.origin).toEqual({ platform: 'slack', tenant: fake.teamId, channel, thread: ts });
  }
});

function acked(of: Setup | undefined, count: number): boolean {
  return (of?.fake.deliveries.filter(({ outcome }) => outcome === 'acked').length ?? 0) >= count;
}
