import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKnowledgeSearch } from '../../../src/assistant/knowledge/knowledge-search.ts';
import { addKnowledge, removeKnowledge } from '../../../src/app/knowledge/knowledge-commands.ts';
import { sourcesOf } from '../../../src/app/knowledge/sources.ts';
import { ThreadrelayError } from '../../../src/core/errors.ts';
import type { EmbeddingModel, GuardedFetch, KnowledgeStore } from '../../../src/core/ports.ts';
import { createStores, type Database, openDatabase } from '../../../src/store/index.ts';
import { fillDocs } from '../../fixtures/fill-docs.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let store: KnowledgeStore;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  store = createStores(database).knowledge;
});
afterAll(() => database.close());

/** Time passes only when it is told to: what is known is looked at again each time. */
function steppingClock() {
  let now = 0;
  return { now: () => new Date((now += 10_000)) };
}

describe('adding', () => {
  let cwd: string;
  let number = 0;
  let ref = { projectId: 'default', name: 'k0' };
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
    ref = { projectId: 'default', name: `k${(number += 1)}` };
  });
  afterEach(() => rm(cwd, { recursive: true }));

  const write = (name: string, text: string) => writeFile(join(cwd, name), text);
  const add = async (
    given: string,
    { embedding = null, fetch }: { embedding?: EmbeddingModel | null; fetch?: GuardedFetch } = {},
  ) => {
    const lines: string[] = [];
    const noNetwork: GuardedFetch = () => Promise.reject(new Error('no network'));
    const sources = await sourcesOf(given, { cwd, link: null, fetch: fetch ?? noNetwork });
    const parts = { store, embedding, tell: (line: string) => void lines.push(line), now: () => new Date() };
    const { answer } = await addKnowledge(parts, ref, sources);
    return { lines, answer };
  };

  test('again changes only what has changed, takes out what is gone, and tells of both', async () => {
    await Promise.all([
      write('a.md', '# A\n\none'),
      write('b.md', '# B\n\ntwo'),
      write('c.md', '# C\n\nthree'),
    ]);
    expect((await add('.')).lines).toHaveLength(3);
    await write('a.md', '# A\n\none and more');
    await rm(join(cwd, 'b.md'));

    const again = await add('.');

    expect(again.lines).toEqual(['[2/2] changed a.md (1 passages)', '[2/2] removed b.md (1 passages)']);
    expect(again.answer).toContain('1 changed, 1 unchanged, 1 removed');
    expect((await store.documents(ref)).map(({ source }) => source)).toEqual(['a.md', 'c.md']);
  });

  test('a passage that stays the same while its file changes is embedded once', async () => {
    const embedded: string[] = [];
    const embedding: EmbeddingModel = {
      name: 'mock/lengths',
      async embed(texts) {
        embedded.push(...texts);
        return texts.map((text) => Float32Array.of(text.length, 1));
      },
    };
    await write('a.md', '# A\n\n## One\n\nfirst\n\n## Two\n\nsecond');
    await add('a.md', { embedding });
    await write('a.md', '# A\n\n## Zero\n\nnew\n\n## One\n\nfirst\n\n## Two\n\nsecond');
    await add('a.md', { embedding });
    expect(embedded).toEqual(['A › One\n\nfirst', 'A › Two\n\nsecond', 'A › Zero\n\nnew']);
  });

  test('what cannot be read is told with a sentence, and what was known of it stays', async () => {
    await Promise.all([write('a.md', 'about pelicans'), write('b.md', 'two')]);
    await add('.');
    await write('a.md', '');
    const { lines } = await add('.');
    expect(lines).toEqual(['[1/2] refused a.md: "a.md" is empty.']);
    expect(await store.documents(ref)).toHaveLength(2);
  });

  test('a page is read through the guarded fetch, and linked', async () => {
    const body = new TextEncoder().encode('<html><title>Refunds</title><p>Within 30 days.</p></html>');
    const headers = new Map([['content-type', 'text/html']]);
    await add('https://x.test/refunds.php', {
      fetch: async ({ url }) => ({ status: 200, headers, body, url }),
    });
    expect(await store.documents(ref)).toMatchObject([
      { title: 'Refunds', kind: 'html', link: 'https://x.test/refunds.php' },
    ]);
    const refused = add('https://x.test/gone', {
      fetch: async ({ url }) => ({ status: 404, headers, body, url }),
    });
    await expect(refused).rejects.toThrow(ThreadrelayError);
  });

  test('other processes see at their next look what was added, changed and removed; other projects never', async () => {
    const search = createKnowledgeSearch({ store, clock: steppingClock() });
    const find = async (text: string, projectId = 'default') =>
      (await search.search(projectId, [ref.name], { text, limit: 3 })).map(({ source }) => source);
    await Promise.all([write('a.md', 'about pelicans'), write('b.md', 'about storks')]);
    expect(await find('pelicans')).toEqual([]);
    await add('.');
    expect(await find('pelicans')).toEqual(['a.md']);
    expect(await find('pelicans', 'other')).toEqual([]);
    await write('a.md', 'about herons');
    await add('.');
    expect(await find('pelicans')).toEqual([]);
    expect(await find('heron')).toEqual(['a.md']);
    await removeKnowledge(store, ref, ['a.md'], new Date());
    expect(await find('herons')).toEqual([]);
  });

  test('with an embedding model, a passage is found by its meaning too', async () => {
    const meaning = (text: string) => (/money|refund/i.test(text) ? [1, 0] : [0, 1]);
    const embedding: EmbeddingModel = {
      name: 'mock/meaning',
      embed: async (texts) => texts.map((text) => Float32Array.from(meaning(text))),
    };
    await Promise.all([write('a.md', 'Refunds take 30 days.'), write('b.md', 'Storks fly south.')]);
    await add('.', { embedding });
    const search = createKnowledgeSearch({ store, clock: steppingClock(), embedding });
    const found = await search.search('default', [ref.name], { text: 'my money back', limit: 1 });
    expect(found).toMatchObject([{ source: 'a.md' }]);
  });
});

describe("the repository's own docs", () => {
  beforeAll(async () => void (await fillDocs(store)));

  test.each([
    ['How do I make an API key?', 'operations.md#api-keys'],
    ['how is a lost stream resumed', 'api.md#resuming'],
    ['back up the database', 'operations.md#'],
    ['rotate the bot token', 'operations.md#rotate-secrets'],
    ['write my own workflow', 'workflows.md#1-write-it'],
    ['which shard key do messages have', 'scaling.md#'],
  ])('%s finds %s first', async (text, place) => {
    const search = createKnowledgeSearch({ store, clock: steppingClock() });
    const [first] = await search.search('default', ['docs'], { text, limit: 5 });
    expect(first?.link).toContain(place);
  });
});
