import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { testRedis } from '../../fixtures/stores.ts';
import { keepFile } from './keep-file.ts';
import { holdersOf } from './holders-of.ts';

const PLACE = { platform: 'slack', tenant: 'T0PLACE' } as const;

let api: ApiService;
let redis: Redis;
const place = testRedis();
beforeAll(async () => {
  redis = new Redis(place.url);
  api = await startApiService({
    redis: place,
    script: { delayMs: 0, reply: '{{author}}, you said: {{text}}', chunk: null },
  });
});
afterAll(async () => {
  redis.disconnect();
  await api.close();
});

/** Words that stand for one person and for nobody else. */
type Canaries = { id: string; name: string; word: string };
let ada: Canaries;
let bob: Canaries;
beforeEach(() => {
  const newCanaries = (): Canaries => {
    const mark = randomUUID().slice(0, 8);
    return { id: `U${mark.toUpperCase()}`, name: `Name-${mark}`, word: `word-${mark}` };
  };
  ada = newCanaries();
  bob = newCanaries();
});

async function say(
  who: Canaries,
  thread: string,
  text: string,
): Promise<{ threadId: string; runId: string }> {
  const said = await api.ingest.message(
    incoming({
      origin: { ...PLACE, channel: 'C1', thread },
      author: { id: who.id, name: who.name },
      text,
      startsThread: false,
    }),
  );
  if (said.kind !== 'run') throw new Error(said.kind);
  await eventually(async () => (await api.stores.runs.find(said))?.endedAt ?? null, 'the run ends');
  await eventually(() => api.stores.records.find(said), 'the record is there');
  return said;
}

const erase = (who: Canaries, dryRun = false) =>
  api.call('POST', '/erasures', {
    key: api.keys.default.admin,
    body: { person: `slack:${PLACE.tenant}:${who.id}`, dry_run: dryRun },
  });

const holders = (who: Canaries) => holdersOf(api.database, redis, place.prefix, Object.values(who));

async function adaTalks() {
  const alone = await say(ada, randomUUID(), `my secret is ${ada.word}`);
  const thread = randomUUID();
  const shared = await say(bob, thread, `<@${ada.id}> may help, says ${bob.word}`);
  await say(ada, thread, `I am ${ada.name} and say ${ada.word}`);
  const key = `slack:${PLACE.tenant}:${ada.id}`;
  const [question] = await api.stores.messages.tail(alone.threadId, 1);
  const fact = { projectId: 'default', createdAt: new Date(), text: `likes ${ada.word}` };
  const source = { threadId: alone.threadId, messageId: question?.id ?? '' };
  await api.stores.memories.remember({ ...fact, id: randomUUID(), subject: key, source });
  await api.stores.threads.setMetadata(shared.threadId, { reporter: ada.name, ids: [ada.id] });
  await keepFile(api.stores, alone.threadId, ada.word);
  return { alone, shared };
}

test('the erasure of a person leaves nothing of them in MongoDB, GridFS or Redis, and the rest as it was', async () => {
  const { alone, shared } = await adaTalks();
  expect(await holders(ada)).toEqual(
    expect.arrayContaining(['file_contents.chunks', 'memories', 'messages', 'redis', 'threads', 'usage']),
  );

  const { status, body } = await erase(ada);

  expect(status).toBe(202);
  expect(body).toMatchObject({
    dry_run: false,
    erased: { threads: 1, messages: 2, memories: 1, usage_rows: 1 },
  });
  expect(await holders(ada)).toEqual([]);
  expect(await api.stores.threads.find(alone.threadId)).toBeNull();
  const left = await api.stores.messages.tail(shared.threadId, 10);
  expect(left.map(({ text }) => text)).toEqual([
    `<@erased> may help, says ${bob.word}`,
    `${bob.name}, you said: <@erased> may help, says ${bob.word}`,
    '',
    '',
  ]);
  expect(await holders(bob)).toContain('messages');
});

test('a dry run counts what would be erased, and changes nothing', async () => {
  await adaTalks();
  const before = await holders(ada);

  const { body } = await erase(ada, true);

  expect(body.erased).toMatchObject({ threads: 1, messages: 2, answers: 2, files: 1, memories: 1 });
  expect(await holders(ada)).toEqual(before);
  expect((await erase(ada)).body.erased).toEqual(body.erased);
  expect((await erase(ada)).body.erased.messages).toBe(0);
});

test('who is named wrongly is told how people are named', async () => {
  const { status, body } = await api.call('POST', '/erasures', {
    key: api.keys.default.admin,
    body: { person: 'Ada' },
  });
  expect(status).toBe(422);
  expect(body.error.message).toContain('slack:TEAM:USER');
});
