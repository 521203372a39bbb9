import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { createEmbeddingModel } from '../../../src/assistant/knowledge/embedding-model.ts';
import { createKnowledgeSearch } from '../../../src/assistant/knowledge/knowledge-search.ts';
import { parseConfig } from '../../../src/app/config/parse-config.ts';
import { addKnowledge } from '../../../src/app/knowledge/knowledge-commands.ts';
import { sourcesOf } from '../../../src/app/knowledge/sources.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { KnowledgeChunk } from '../../../src/core/knowledge/knowledge.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { EmbeddingModel } from '../../../src/core/ports.ts';
import { createStores, type Database, openDatabase } from '../../../src/store/index.ts';
import { type Answer, type ModelVendor, startModelVendor } from '../../fakes/model-vendor/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { startRelayService } from '../../fixtures/relay-service.ts';
import { testDatabase } from '../../fixtures/stores.ts';
import { spawnThreadrelay } from '../app/service-process.ts';

let vendor: ModelVendor;
beforeAll(async () => {
  vendor = await startModelVendor();
});
afterAll(() => vendor.close());

const REF = { projectId: 'support', name: 'handbook' };

let cwd: string;
let mongodbUri: string;
let database: Database;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  mongodbUri = testDatabase();
  database = await openDatabase({ uri: mongodbUri });
  vendor.requests.splice(0);
  await mkdir(join(cwd, 'handbook'));
  await write('refunds.md', '# Refunds\n\nRefunds take thirty days.\n\n## Gifts\n\nGifts are vouchers.\n');
  await write('cars.md', '# Parking\n\nPark your car behind the house.\n');
});
afterEach(async () => {
  vendor.always('embed-small', null);
  await database.close();
  await rm(cwd, { recursive: true, force: true });
});

const write = (name: string, text: string) => writeFile(join(cwd, 'handbook', name), text);

function configOf(embedding: string): string {
  return `projects: { support: {} }
providers: { openai: { base_url: "${vendor.url}" }, local: { base_url: "${vendor.url}", api_key_env: LOCAL_API_KEY } }
knowledge: { embedding: ${embedding} }
`;
}

/** The model that a configuration names, with the vendor's key. */
function modelOf(embedding: string): EmbeddingModel {
  const { embedding: reference } = parseConfig(configOf(embedding), { file: 'test.yaml' });
  if (reference === null) throw new Error('no embedding model');
  return createEmbeddingModel(reference, () => vendor.key);
}

const store = () => createStores(database).knowledge;

/** As `threadrelay knowledge add handbook --to handbook`. */
async function add(embedding: string) {
  const fetch = () => Promise.reject(new Error('no network'));
  const sources = await sourcesOf('handbook', { cwd, link: null, fetch });
  const parts = { store: store(), embedding: modelOf(embedding), tell: () => {}, now: () => new Date() };
  return (await addKnowledge(parts, REF, sources)).answer;
}

/** The sources that a process which starts now finds, the best first. */
async function search(embedding: string | null, text: string) {
  const model = embedding === null ? {} : { embedding: modelOf(embedding) };
  const found = createKnowledgeSearch({ store: store(), clock: systemClock, ...model });
  const passages = await found.search('support', ['handbook'], { text, limit: 5 });
  return passages.map(({ source }) => source.replace('handbook/', ''));
}

/** The texts that the vendor was sent since it was asked last. */
function embedded(): string[] {
  return vendor.requests
    .splice(0)
    .flatMap(({ body }) => body['input'])
    .map(String)
    .toSorted();
}

/** How many passages have a vector of each model, and how long those are. */
async function vectors() {
  const documents = await store().documents(REF);
  const found: Record<string, number> = {};
  for await (const { embeddedBy, vector } of store().chunksOf(documents.map(({ id }) => id))) {
    const kind = vector === null ? 'none' : `${embeddedBy} ${vector.length}`;
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
}

const SMALL = 'openai/embed-small';
const FAILING: Answer = { kind: 'refuses', status: 500, headers: { 'retry-after-ms': '1' } };

test.each([SMALL, 'local/embed-small'])(
  'with %s each passage is embedded once: adding again embeds what is new alone',
  async (model) => {
    await add(model);
    expect(embedded()).toEqual([
      'Parking\n\nPark your car behind the house.',
      'Refunds\n\nRefunds take thirty days.',
      'Refunds › Gifts\n\nGifts are vouchers.',
    ]);
    expect(await vectors()).toEqual({ [`${model} 256`]: 3 });

    await write('refunds.md', '# Refunds\n\nRefunds take ten days.\n\n## Gifts\n\nGifts are vouchers.\n');
    await write('tea.md', '# Tea\n\nTea is served at four.\n');
    expect(await add(model)).toContain('1 added, 1 changed, 1 unchanged.');
    expect(embedded()).toEqual(['Refunds\n\nRefunds take ten days.', 'Tea\n\nTea is served at four.']);
    expect(await vectors()).toEqual({ [`${model} 256`]: 4 });
  },
);

test('what has no word of a question is found by its meaning, and what has both comes first', async () => {
  await write('vans.md', '# Vans\n\nA vehicle of the firm may be borrowed.\n');
  await add(SMALL);
  expect((await search(SMALL, 'reimbursement'))[0]).toBe('refunds.md');
  expect(await search(SMALL, 'vehicle')).toEqual(['vans.md', 'cars.md']);
  expect(await search(null, 'reimbursement')).toEqual([]);
});

test('of two knowledges the one without vectors is not put first', async () => {
  await add(SMALL);
  await store().put({ ...REF, name: 'plain' }, await plainCopy(), new Date());
  const both = createKnowledgeSearch({ store: store(), clock: systemClock, embedding: modelOf(SMALL) });
  const found = await both.search('support', ['plain', 'handbook'], { text: 'refund days', limit: 2 });
  expect(found.map(({ knowledge }) => knowledge)).toEqual(['handbook', 'plain']);
});

/** The same documents under other ids, without vectors. */
async function plainCopy() {
  const documents = await store().documents(REF);
  const chunks: KnowledgeChunk[] = [];
  for await (const chunk of store().chunksOf(documents.map(({ id }) => id))) chunks.push(chunk);
  return documents.map((document) => ({
    document: { ...document, id: `plain ${document.id}` },
    chunks: chunks
      .filter(({ documentId }) => documentId === document.id)
      .map((chunk) => ({
        ...chunk,
        id: `plain ${chunk.id}`,
        documentId: `plain ${document.id}`,
        vector: null,
        embeddedBy: null,
      })),
  }));
}

test('another embedding model embeds everything again, and vectors of two models are never compared', async () => {
  await add(SMALL);
  expect(embedded()).toHaveLength(3);
  const other = 'openai/embed-large';
  // Until then nothing has vectors of that model
  expect(await search(other, 'reimbursement')).toEqual([]);
  expect(embedded()).toEqual([]);

  await add(other);

  expect(embedded()).toHaveLength(3);
  expect(await vectors()).toEqual({ [`${other} 384`]: 3 });
  expect((await search(other, 'reimbursement'))[0]).toBe('refunds.md');
  expect(await search(SMALL, 'reimbursement')).toEqual([]);
});

test('what a failure left without vectors gets them the next time, and only that', async () => {
  await add(SMALL);
  embedded();
  vendor.always('embed-small', FAILING);
  await write('doctors.md', '# Health\n\nA physician comes on Mondays.\n');
  await expect(add(SMALL)).rejects.toThrow(/^1 added, 2 unchanged.*new passages of 1 of them/);
  expect(await vectors()).toEqual({ [`${SMALL} 256`]: 3, none: 1 });
  expect(await search(null, 'physician')).toEqual(['doctors.md']);
  // Of what was changed the other passages keep theirs, and nothing is taken out by the failure
  await write('refunds.md', '# Refunds\n\nRefunds take thirty days.\n\n## Gifts\n\nGifts are money.\n');
  await expect(add(SMALL)).rejects.toThrow(/^1 changed, 2 unchanged.*new passages of 2 of them/);
  expect(await vectors()).toEqual({ [`${SMALL} 256`]: 2, none: 2 });

  vendor.always('embed-small', null);
  embedded();
  await add(SMALL);
  expect(embedded()).toEqual([
    'Health\n\nA physician comes on Mondays.',
    'Refunds › Gifts\n\nGifts are money.',
  ]);
  expect((await search(SMALL, 'doctor'))[0]).toBe('doctors.md');
});

test('a model that was busy for a moment is asked again', async () => {
  vendor.will('embed-small', { ...FAILING, status: 429 }, FAILING);
  await add(SMALL);
  expect(vendor.requests).toHaveLength(3);
  expect(await vectors()).toEqual({ [`${SMALL} 256`]: 3 });
});

test('a model that is silent holds one question up for a bounded time, and the next not at all', async () => {
  await add(SMALL);
  vendor.always('embed-small', { kind: 'silent' });
  embedded();
  const logged: string[] = [];
  const quick = createKnowledgeSearch({
    store: store(),
    clock: systemClock,
    embedding: modelOf(SMALL),
    questionMs: 50,
    logger: { ...silentLogger, warn: (_fields, message) => void logged.push(message) },
  });
  const ask = () => quick.search('support', ['handbook'], { text: 'refunds', limit: 1 });
  expect(await ask()).toMatchObject([{ source: 'handbook/refunds.md' }]);
  expect(await ask()).toMatchObject([{ source: 'handbook/refunds.md' }]);
  expect(embedded()).toEqual(['refunds']);
  expect(logged).toEqual(['a question is searched for by its words alone']);
  await eventually(() => (vendor.held() === 0 ? true : null), 'the request is given up');
});

test('thousands of passages, and a question as long as a message may be, are within what a vendor takes', async () => {
  const passage = (number: number) =>
    `Passage ${number}. ${'All of it tells of something else. '.repeat(35)}`;
  const texts = [...Array.from({ length: 2_100 }, (_, number) => passage(number)), 'ü'.repeat(40_000)];
  const made = await modelOf(SMALL).embed(texts);
  expect(made).toHaveLength(texts.length);
  const [again] = await modelOf(SMALL).embed([passage(2_000)]);
  expect(made[2_000]).toEqual(again);
});

test('an assistant finds by its meaning what people ask, and by words while the vendor is away', async () => {
  await add(SMALL);
  const service = await startRelayService({
    mongodbUri,
    discord: false,
    environment: { OPENAI_API_KEY: vendor.key, LOCAL_API_KEY: vendor.key },
    config: `${configOf(SMALL)}
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
      vendor.will('talker', { kind: 'says', calls }, { kind: 'says', text: ['So it is.'] });
      const { ts } = slack.say({ channel, user, text: query });
      await slack.until(
        'it is answered',
        () => slack.thread(channel, ts)[1]?.visible === 'So it is.',
        10_000,
      );
      return (await stored.models.messages.findOne({ role: 'tool' }).sort({ createdAt: -1 }))?.text;
    };
    expect(await found('reimbursement')).toContain('Refunds take thirty days.');
    vendor.always('embed-small', FAILING);
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
  await writeFile(join(cwd, 'threadrelay.yaml'), configOf(SMALL));
  const knowledge = async (args: string[], key = vendor.key) => {
    const stores = { MONGODB_URI: mongodbUri, REDIS_URL: inject('redisUrl') };
    const command = spawnThreadrelay(['knowledge', ...args], { ...stores, OPENAI_API_KEY: key }, cwd);
    const code = await command.exit;
    return { code, answer: command.log().trim(), told: command.notices() };
  };
  const toHandbook = ['add', 'handbook', '--to', 'handbook'];
  // Without a key nothing is added at all
  expect(await knowledge(toHandbook, '')).toMatchObject({
    code: 1,
    told: expect.stringContaining('"knowledge.embedding" needs a key: set OPENAI_API_KEY.'),
  });
  expect(await vectors()).toEqual({});

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
  vendor.always('embed-small', FAILING);
  const found = await knowledge(['search', 'handbook', '--json', 'refunds']);
  expect(JSON.parse(found.answer).passages[0].source).toBe('handbook/refunds.md');
  expect(found.told).toContain(
    'Searched by words alone. The embedding model openai/embed-small failed: its provider could not be reached, or is failing',
  );
});
