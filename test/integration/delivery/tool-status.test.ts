import { afterEach, expect, test } from 'vitest';
import type { Origin } from '../../../src/core/origin.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

/** Longer than two previews are apart, so that the line is seen. */
const SLOW = 'const begun = Date.now(); while (Date.now() - begun < 900) {} 6 * 7';

const CONFIG = `
projects: { default: {} }
assistants:
  support:
    tools: [run_code, search_thread]
    model:
      provider: scripted
      steps:
        - text: Let me see.
        - calls:
            - { name: run_code, args: { code: "${SLOW}" } }
            - { name: search_thread, args: { query: hello } }
        - text: "It is 42."
slack: { answer: every_message }
discord: { answer: every_message }
`;

/** What people saw, from the first preview to the final text: previews show one message or the next, never both. */
function checkSeen(shown: readonly string[]): void {
  const line = shown.findIndex((text) => text.includes('Calculating and looking through this conversation'));
  expect(line).toBeGreaterThanOrEqual(0);
  expect(shown.at(-1)).toBe('It is 42.');
  expect(shown.filter((text) => text.includes('42') && /Calculating|Let me see/.test(text))).toEqual([]);
}

async function delivered({ stores }: RelayService, origin: Origin): Promise<void> {
  const thread = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
  await eventually(async () => {
    const [run] = await stores.runs.listByThread(thread.id, 1);
    if (run === undefined) return null;
    const found = await stores.deliveries.find({ threadId: thread.id, runId: run.id });
    return found?.status === 'done' ? found : null;
  }, 'the answer is delivered');
}

test('while tools work Slack shows one short line, which the answer replaces', async () => {
  service = await startRelayService({ config: CONFIG, discord: false });
  const { slack } = service;
  const { id: channel } = slack.addChannel({ name: 'support' });
  const { ts } = slack.say({ channel, user: slack.addUser({ name: 'Ada' }).id, text: 'hello' });
  await delivered(service, { platform: 'slack', tenant: slack.teamId, channel, thread: ts });

  const [, answer, ...more] = slack.thread(channel, ts);

  checkSeen((answer?.revisions ?? []).map(({ visible }) => visible));
  expect(more).toEqual([]);
  expect(slack.violations).toEqual([]);
});

test('while tools work Discord shows one short line, which the answer replaces', async () => {
  service = await startRelayService({ config: CONFIG, slack: false });
  const { discord } = service;
  const forum = discord.addForum({ name: 'help' });
  const { threadId: thread } = discord.createForumPost({
    forum: forum.id,
    user: discord.addUser({ name: 'Bea' }),
    title: 'A sum',
    text: 'hello',
  });
  await delivered(service, { platform: 'discord', tenant: discord.guildId, channel: forum.id, thread });

  const [answer, ...more] = discord.botMessages(thread);

  checkSeen(discord.revisions(answer?.id ?? '').map(({ content }) => content));
  expect(more).toEqual([]);
  expect(discord.violations).toEqual([]);
});
