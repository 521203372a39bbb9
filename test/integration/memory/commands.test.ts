import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

const CONFIG = `
projects: { default: {}, games: {} }
assistants:
  helper:
    memory: true
    model:
      provider: scripted
      steps:
        - { calls: [{ name: remember, args: { fact: "Prefers <tea> & quiet @everyone." } }] }
        - { text: Noted. }
slack: { answer: every_message }
discord: { project: games, answer: every_message }
`;

const codeIn = (text: string, fact: string) => new RegExp(`\`(\\w{6})\` ${fact}`).exec(text)?.[1] ?? 'none';

async function remembers({ stores }: RelayService, projectId: string, subject: string, ...facts: string[]) {
  for (const text of facts) {
    const fact = { id: randomUUID(), projectId, subject, text, source: null, createdAt: new Date() };
    await stores.memories.remember(fact);
  }
}

test('in Slack a person sees, corrects and erases what was remembered of them, and nobody else does', async () => {
  service = await startRelayService({ config: CONFIG, discord: false });
  const { slack, stores } = service;
  const channel = slack.addChannel({ name: 'support' }).id;
  const ada = slack.addUser({ name: 'Ada' }).id;
  const bea = slack.addUser({ name: 'Bea' }).id;
  const { ts } = slack.say({ channel, user: ada, text: 'I prefer tea' });
  await slack.until('the answer is there', () => slack.thread(channel, ts)[1]?.visible === 'Noted.', 10_000);
  const subject = `slack:${slack.teamId}:${ada}`;
  await remembers(service, 'default', subject, 'Works at night.');
  const use = async (user: string, command: string, text = '') => {
    const answer = await slack.useCommand({ channel, user, command, text });
    expect(answer).toMatchObject({ response_type: 'ephemeral' });
    return String(answer?.['text']);
  };

  const shown = await use(ada, '/memories');
  expect(shown).toContain('Prefers &lt;tea&gt; &amp; quiet @\u200beveryone.');
  expect(await use(bea, '/memories')).toBe('I remember nothing about you here.');
  const code = codeIn(shown, 'Works at night');
  expect(await use(bea, '/forget', code)).toContain('There is no fact');
  expect(await use(ada, '/memories', `correct ${code} Works <early>.`)).toBe(
    'Corrected: Works &lt;early&gt;.',
  );
  expect(await use(ada, '/forget', code.toUpperCase())).toBe('Forgotten: Works &lt;early&gt;.');
  expect(await use(ada, '/forget')).toContain('/forget all');
  expect(await use(ada, '/forget', 'all')).toBe('Forgotten: all 1 facts about you.');
  expect(await stores.memories.list('default', subject, 10)).toEqual([]);
});

test('in Discord the commands are declared, answered to who wrote them alone, and of the project of their server', async () => {
  service = await startRelayService({ config: CONFIG, slack: false });
  const { discord, stores } = service;
  const channel = discord.addTextChannel({ name: 'support' });
  const ada = discord.addUser({ name: 'Ada' });
  const subject = `discord:${discord.guildId}:${ada}`;
  await remembers(service, 'games', subject, 'Prefers tea.', 'Works at night.');
  await remembers(service, 'default', subject, 'Of another project.');
  const use = async (name: string, given: Record<string, string> = {}) => {
    const options = Object.entries(given).map(([option, value]) => ({ name: option, type: 3, value }));
    const { id } = discord.useCommand({ channel, user: ada, name, options });
    const call = await eventually(
      () =>
        discord
          .calls('POST /interactions/:interaction/:token/callback')
          .find(({ path }) => path.includes(id)) ?? null,
      'the command is answered',
    );
    expect(call.body).toMatchObject({ type: 4, data: { flags: 64, allowed_mentions: { parse: [] } } });
    return String(Reflect.get(Object(Reflect.get(Object(call.body), 'data')), 'content'));
  };

  const declared = discord.calls('PUT /applications/:application/commands').at(-1)?.body;
  expect(declared).toMatchObject([{ name: 'memories' }, { name: 'forget' }]);
  const shown = await use('memories');
  expect(shown).toContain('Prefers tea.');
  expect(shown).not.toContain('Of another project.');
  const code = codeIn(shown, 'Prefers tea');
  expect(await use('memories', { correct: code, text: 'Prefers coffee.' })).toBe(
    'Corrected: Prefers coffee.',
  );
  expect(await use('forget', { what: code })).toBe('Forgotten: Prefers coffee.');
  expect(await use('forget', { what: 'all' })).toBe('Forgotten: all 1 facts about you.');
  expect(await stores.memories.list('default', subject, 10)).toHaveLength(1);
});
