import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { startRelayService } from '../../fixtures/relay-service.ts';
import { spawnThreadrelay } from '../app/service-process.ts';
import { FAILING, type Handbook, SMALL, startHandbook } from './handbook.ts';

let handbook: Handbook;
beforeEach(async () => {
  handbook = await startHandbook();
});
afterEach(() => handbook.close());

test('an assistant finds by its meaning what people ask, and by words while the vendor is away', async () => {
  await handbook.add(SMALL);
  const service = await startRelayService({
    mongodbUri: handbook.mongodbUri,
    discord: false,
    environment: { OPENAI_API_KEY: handbook.vendor.key, LOCAL_API_KEY: handbook.vendor.key },
    config: `${handbook.configOf(SMALL)}
assistants: { helper: { model: openai/talker, knowledge: [handbook] } }
slack: { project: support, answer: every_message }
limits: { runs_per_user_per_minute: 0 }
`,
  });
  try {
    const { slack, database: stored } = service;
    const [channel, user] = [slack.addChannel({ name: 'help' }).id, slack.addUser({ name: 'Ada' }).id];
    const found = async (query: string) => {
      const calls = [{ id: 'c1', name: 'search_knowledge', args: { query, limit: 1 } }];
      handbook.vendor.will('talker', { kind: 'says', calls }, { kind: 'says', text: ['So it is.'] });
      const { ts } = slack.say({ channel, user, text: query });
      await slack.until(
        'it is answered',
        () => slack.thread(channel, ts)[1]?.visible === 'So it is.',
        10_000,
      );
      return (await stored.models.messages.findOne({ role: 'tool' }).sort({ createdAt: -1 }))?.text;
    };
    expect(await found('reimbursement')).toContain('Refunds take thirty days.');
    handbook.vendor.always('embed-small', FAILING);
    expect(await found('vouchers')).toContain('Gifts are vouchers.');
    const warning = 'a question is searched for by its words alone';
    expect(service.log.filter(({ msg }) => msg === warning)).toHaveLength(1);
  } finally {
    await service.close();
  }
});

test('while the vendor is away, the commands search by words, add what there is, and say so', {
  timeout: 60_000,
}, async () => {
  await writeFile(join(handbook.cwd, 'threadrelay.yaml'), handbook.configOf(SMALL));
  const knowledge = async (args: string[], key = handbook.vendor.key) => {
    const stores = { MONGODB_URI: handbook.mongodbUri, REDIS_URL: inject('redisUrl') };
    const command = spawnThreadrelay(
      ['knowledge', ...args],
      { ...stores, OPENAI_API_KEY: key },
      handbook.cwd,
    );
    const code = await command.exit;
    return { code, answer: command.log().trim(), told: command.notices() };
  };
  const toHandbook = ['add', 'handbook', '--to', 'handbook'];
  // Without a key nothing is added at all
  expect(await knowledge(toHandbook, '')).toMatchObject({
    code: 1,
    told: expect.stringContaining('"knowledge.embedding" needs a key: set OPENAI_API_KEY.'),
  });
  expect(await handbook.vectors()).toEqual({});

  const refused = await knowledge(toHandbook, 'sk-of-somebody-else');
  expect(refused).toMatchObject({ code: 1, answer: '' });
  expect(refused.told).toContain('[1/2] added handbook/cars.md (1 passages)');
  expect(refused.told).toContain(
    '2 added. "handbook" has 2 documents in 3 passages. But new passages of 2 of them are found by their words alone for ' +
      'now. The embedding model openai/embed-small failed: its provider did not accept the key. Nothing is lost: when the ' +
      'model is back, run the same command again, and only these are embedded.',
  );
  expect(refused.told).not.toContain('sk-of-somebody-else');

  expect((await knowledge(toHandbook)).code).toBe(0);
  handbook.vendor.always('embed-small', FAILING);
  const found = await knowledge(['search', 'handbook', '--json', 'refunds']);
  expect(JSON.parse(found.answer).passages[0].source).toBe('handbook/refunds.md');
  expect(found.told).toContain(
    'Searched by words alone. The embedding model openai/embed-small failed: its provider could not be reached, or is failing',
  );
});
