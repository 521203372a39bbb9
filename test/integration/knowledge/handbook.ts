import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddingModel } from '../../../src/assistant/knowledge/embedding-model.ts';
import { createKnowledgeSearch } from '../../../src/assistant/knowledge/knowledge-search.ts';
import { parseConfig } from '../../../src/app/config/parse-config.ts';
import { addKnowledge } from '../../../src/app/knowledge/knowledge-commands.ts';
import { sourcesOf } from '../../../src/app/knowledge/sources.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { EmbeddingModel, KnowledgeStore } from '../../../src/core/ports.ts';
import { createStores, openDatabase } from '../../../src/store/index.ts';
import { type Answer, startModelVendor } from '../../fakes/model-vendor/index.ts';
import { testDatabase } from '../../fixtures/stores.ts';

export const REF = { projectId: 'support', name: 'handbook' };
export const SMALL = 'openai/embed-small';

/** A vendor that fails, and may be asked again at once. */
export const FAILING = {
  kind: 'refuses',
  status: 500,
  headers: { 'retry-after-ms': '1' },
} as const satisfies Answer;

export type Handbook = Awaited<ReturnType<typeof startHandbook>>;

/** A folder of two documents, a vendor of embedding models, and a database for both. */
export async function startHandbook() {
  const vendor = await startModelVendor();
  const cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  const mongodbUri = testDatabase();
  const database = await openDatabase({ uri: mongodbUri });
  const store: KnowledgeStore = createStores(database).knowledge;

  const write = (name: string, text: string) => writeFile(join(cwd, 'handbook', name), text);
  await mkdir(join(cwd, 'handbook'));
  await write('refunds.md', '# Refunds\n\nRefunds take thirty days.\n\n## Gifts\n\nGifts are vouchers.\n');
  await write('cars.md', '# Parking\n\nPark your car behind the house.\n');

  const configOf = (embedding: string) => `projects: { support: {} }
providers: { openai: { base_url: "${vendor.url}" }, local: { base_url: "${vendor.url}", api_key_env: LOCAL_API_KEY } }
knowledge: { embedding: ${embedding} }
`;

  /** The model that a configuration names, with the vendor's key. */
  function modelOf(embedding: string): EmbeddingModel {
    const { embedding: reference } = parseConfig(configOf(embedding), { file: 'test.yaml' });
    if (reference === null) throw new Error('no embedding model');
    return createEmbeddingModel(reference, () => vendor.key);
  }

  return {
    vendor,
    cwd,
    mongodbUri,
    store,
    write,
    configOf,
    modelOf,

    /** As `threadrelay knowledge add handbook --to handbook`; its answer. */
    async add(embedding: string): Promise<string> {
      const fetch = () => Promise.reject(new Error('no network'));
      const sources = await sourcesOf('handbook', { cwd, link: null, fetch });
      const parts = { store, embedding: modelOf(embedding), tell: () => {}, now: () => new Date() };
      return (await addKnowledge(parts, REF, sources)).answer;
    },

    /** The sources that a process which starts now finds, the best first. */
    async search(embedding: string | null, text: string): Promise<string[]> {
      const model = embedding === null ? {} : { embedding: modelOf(embedding) };
      const found = createKnowledgeSearch({ store, clock: systemClock, ...model });
      const passages = await found.search('support', ['handbook'], { text, limit: 5 });
      return passages.map(({ source }) => source.replace('handbook/', ''));
    },

    /** The texts that the vendor was sent since this was asked last. */
    embedded: (): string[] =>
      vendor.requests
        .splice(0)
        .flatMap(({ body }) => body['input'])
        .map(String)
        .toSorted(),

    /** How many passages have a vector of each model, and how long those are. */
    async vectors(): Promise<Record<string, number>> {
      const documents = await store.documents(REF);
      const found: Record<string, number> = {};
      for await (const { embeddedBy, vector } of store.chunksOf(documents.map(({ id }) => id))) {
        const kind = vector === null ? 'none' : `${embeddedBy} ${vector.length}`;
        found[kind] = (found[kind] ?? 0) + 1;
      }
      return found;
    },

    async close(): Promise<void> {
      await vendor.close();
      await database.close();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
