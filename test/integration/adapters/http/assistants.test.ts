import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';

const NAMES = ['support', 'sales', 'billing', 'Support-EU', 'returns'];
let api: ApiService;

beforeAll(async () => {
  api = await startApiService({ workers: 0, assistants: NAMES });
});

afterAll(() => api.close());

const search = (body: object) => api.call('POST', '/assistants/search', { body, key: api.keys.default.read });
const namesOf = ({ body }: { body: { name: string }[] }) => body.map(({ name }) => name);

describe('assistants', () => {
  test('are read by their id, which is their graph_id too', async () => {
    const { status, body } = await api.call('GET', '/assistants/sales');

    expect(status).toBe(200);
    expect(body).toEqual({
      assistant_id: 'sales',
      graph_id: 'sales',
      name: 'sales',
      description: null,
      version: 1,
      config: {},
      context: {},
      metadata: {},
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
  });

  test('are listed in the order of the configuration, page by page', async () => {
    const pages = await Promise.all([0, 2, 4, 6].map((offset) => search({ limit: 2, offset })));

    expect(pages.flatMap(namesOf)).toEqual(NAMES);
    expect(pages.map(({ headers }) => headers.get('x-pagination-next'))).toEqual(['2', '4', null, null]);
    expect(new Set(pages.map(({ headers }) => headers.get('x-pagination-total')))).toEqual(new Set(['5']));
  });

  test('have no further page when the last one is full', async () => {
    const { body, headers } = await search({ limit: 1, offset: 4 });

    expect(body).toHaveLength(1);
    expect(headers.get('x-pagination-next')).toBeNull();
  });

  test('are found by graph_id, part of the name and metadata', async () => {
    expect(namesOf(await search({ graph_id: 'sales' }))).toEqual(['sales']);
    expect(namesOf(await search({ name: 'SUPP' }))).toEqual(['support', 'Support-EU']);
    expect(namesOf(await search({ metadata: { team: 'x' } }))).toEqual([]);
    expect(namesOf(await search({ graph_id: null, name: null, metadata: {} }))).toEqual(NAMES);
  });

  test('are sorted either way, and cut to the fields that were asked for', async () => {
    const sorted = [...NAMES].sort();

    expect(namesOf(await search({ sort_by: 'name', sort_order: 'asc' }))).toEqual(sorted);
    expect(namesOf(await search({ sort_by: 'name', sort_order: 'desc' }))).toEqual(sorted.toReversed());
    expect((await search({ limit: 1, select: ['graph_id'] })).body).toEqual([{ graph_id: 'support' }]);
  });

  test('are counted', async () => {
    expect((await api.call('POST', '/assistants/count', { body: {} })).body).toBe(5);
    expect((await api.call('POST', '/assistants/count', { body: { name: 'support' } })).body).toBe(2);
  });
});
