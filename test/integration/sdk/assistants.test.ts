import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { refusedWith, sdkClient } from './sdk-client.ts';

let api: ApiService;

beforeAll(async () => {
  api = await startApiService({ workers: 0, assistants: ['support', 'sales', 'scribe'] });
});

afterAll(() => api.close());

const namesOf = (assistants: { name: string }[]) => assistants.map(({ name }) => name);

test('assistants are found by name, in the order asked for, page by page', async () => {
  const { assistants } = sdkClient(api);

  expect(namesOf(await assistants.search())).toEqual(['support', 'sales', 'scribe']);
  expect(namesOf(await assistants.search({ graphId: 'sales' }))).toEqual(['sales']);
  expect(namesOf(await assistants.search({ name: 'S', sortBy: 'name', sortOrder: 'desc' }))).toEqual([
    'support',
    'scribe',
    'sales',
  ]);
  expect(await assistants.search({ metadata: { owner: 'nobody' } })).toEqual([]);
  const pages: string[][] = [];
  let offset: string | null = '0';
  while (offset !== null) {
    const page: { assistants: { name: string }[]; next: string | null } = await assistants.search({
      limit: 2,
      offset: Number(offset),
      includePagination: true,
    });
    pages.push(namesOf(page.assistants));
    offset = page.next;
  }
  expect(pages).toEqual([['support', 'sales'], ['scribe']]);
  expect(await assistants.search({ select: ['assistant_id'], limit: 1 })).toEqual([
    { assistant_id: 'support' },
  ]);
});

test('an assistant is read by its id, and one that is not there is not found', async () => {
  const { assistants } = sdkClient(api);

  const [found] = await assistants.search({ graphId: 'sales' });

  expect(await assistants.get('sales')).toEqual(found);
  expect(found).toMatchObject({
    assistant_id: 'sales',
    graph_id: 'sales',
    name: 'sales',
    version: 1,
    config: {},
    metadata: {},
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  await expect(assistants.get('nobody')).rejects.toEqual(refusedWith(404));
  await expect(assistants.get('a/../b?c#d')).rejects.toEqual(refusedWith(404));
});

test('assistants are counted as they are found', async () => {
  const { assistants } = sdkClient(api);

  expect(await assistants.count()).toBe(3);
  expect(await assistants.count({ name: 'sa' })).toBe(1);
  expect(await assistants.count({ graphId: 'nobody' })).toBe(0);
});
