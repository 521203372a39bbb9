import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';

let api: ApiService;
/** A mark in the metadata of the threads of one test, by which it finds them. */
let mark: string;

beforeAll(async () => {
  api = await startApiService({ workers: 0, assistants: ['support', 'sales'] });
});

beforeEach(() => {
  mark = randomUUID();
});

afterAll(() => api.close());

async function make(metadata: object = {}, more: object = {}, key = api.keys.default.write): Promise<string> {
  const { body } = await api.call('POST', '/threads', {
    key,
    body: { ...more, metadata: { mark, ...metadata } },
  });
  return body.thread_id;
}

async function makeMany(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push(await make({ number: made }));
  return ids;
}

async function list(query: string, key = api.keys.default.read) {
  const { status, body } = await api.call('GET', `/threads?metadata[mark]=${mark}&${query}`, { key });
  expect(status).toBe(200);
  return body as { threads: { thread_id: string }[]; next_cursor: string | null };
}

const idsOf = ({ threads }: { threads: { thread_id: string }[] }) =>
  threads.map((thread) => thread.thread_id);

describe('the list of threads', () => {
  test('is told page by page, those last changed first, and each once', async () => {
    const made = await makeMany(7);

    const pages: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(`limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      pages.push(idsOf(page));
      cursor = page.next_cursor;
    }

    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(made.toReversed());
  });

  test('has no further page when the last one is full', async () => {
    await makeMany(4);

    const first = await list('limit=2');
    const second = await list(`limit=2&cursor=${first.next_cursor}`);

    expect(second.threads).toHaveLength(2);
    expect(second.next_cursor).toBeNull();
  });

  test('leaves no thread out and tells none that stayed twice while others change', async () => {
    const made = await makeMany(12);
    const seen: string[] = [];

    let cursor: string | null = '';
    for (let page = 0; cursor !== null; page += 1) {
      const told = await list(`limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...idsOf(told));
      cursor = told.next_cursor;
      // One that has been told and one that has not move to the front, and a new one comes.
      for (const moved of [made[11 - page], made[page]]) {
        await api.call('PATCH', `/threads/${moved}`, { body: { metadata: { touched: page } } });
      }
      await make({ late: page });
    }

    const untouched = made.slice(4, 8);
    for (const id of untouched) expect(seen.filter((each) => each === id)).toHaveLength(1);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('tells threads that were changed in the same millisecond each once', async () => {
    const made = await makeMany(6);
    await api.database.models.threads.updateMany(
      { _id: { $in: made } },
      { updatedAt: new Date(1_700_000_000_000) },
    );

    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(`limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...idsOf(page));
      cursor = page.next_cursor;
    }

    expect(seen.toSorted()).toEqual(made.toSorted());
  });

  test('is filtered by metadata and status', async () => {
    const gold = await make({ plan: 'gold', city: 'Köln' });
    await make({ plan: 'silver', city: 'Köln' });
    await make({ plan: ['gold'], city: 'Köln' });

    expect(idsOf(await list('metadata[plan]=gold&metadata[city]=K%C3%B6ln'))).toEqual([gold]);
    expect(idsOf(await list('metadata[plan]=gold&status=busy'))).toEqual([]);
    expect(idsOf(await list('metadata[plan]=gold&status=idle'))).toEqual([gold]);
    // A value is text, never an operator.
    expect(idsOf(await list(`metadata[plan]=${encodeURIComponent('{"$ne":1}')}`))).toEqual([]);
  });

  test('is filtered by the assistant, as clients of the SDK name it', async () => {
    const sales = await make({}, { assistant_id: 'sales' });
    await make();

    expect(idsOf(await list('metadata[graph_id]=sales'))).toEqual([sales]);
    expect(idsOf(await list('metadata[assistant_id]=sales'))).toEqual([sales]);
    expect(idsOf(await list('metadata[graph_id]=nobody'))).toEqual([]);
  });

  test('holds threads of the project of the key alone', async () => {
    const mine = await make();
    const theirs = await make({}, {}, api.keys.other.write);

    expect(idsOf(await list('limit=100'))).toEqual([mine]);
    expect(idsOf(await list('limit=100', api.keys.other.read))).toEqual([theirs]);
  });
});

describe('a search', () => {
  const search = (body: object, key = api.keys.default.read) =>
    api.call('POST', '/threads/search', { key, body: { metadata: { mark }, ...body } });

  test('is paged by offset, and says while there is more', async () => {
    const made = (await makeMany(5)).toReversed();

    const pages = await Promise.all([0, 2, 4, 6].map((offset) => search({ limit: 2, offset })));

    expect(pages.map(({ body }) => body.map((each: { thread_id: string }) => each.thread_id))).toEqual([
      made.slice(0, 2),
      made.slice(2, 4),
      made.slice(4),
      [],
    ]);
    expect(pages.map(({ headers }) => headers.get('x-pagination-next'))).toEqual(['2', '4', null, null]);
  });

  test('says of a full last page that it is the last', async () => {
    await makeMany(4);

    const pages = await Promise.all([0, 2].map((offset) => search({ limit: 2, offset })));

    expect(pages.map(({ body }) => body.length)).toEqual([2, 2]);
    expect(pages.map(({ headers }) => headers.get('x-pagination-next'))).toEqual(['2', null]);
  });

  test('takes all that the SDK sends, and its nulls', async () => {
    await makeMany(12);

    const usual = await search({ limit: 10, offset: 0 });
    expect(usual.body).toHaveLength(10);
    const nulls = { ids: null, status: null, sort_by: null, sort_order: null, select: null, values: null };
    expect((await search({ ...nulls, limit: 20, offset: 0 })).body).toHaveLength(12);
    const empty = await api.call('POST', '/threads/search');
    expect(empty.status).toBe(200);
  });

  test('is sorted either way', async () => {
    const made = await makeMany(4);

    const { body } = await search({ sort_by: 'created_at', sort_order: 'asc' });
    expect(body.map((each: { thread_id: string }) => each.thread_id)).toEqual(made);
    const byId = await search({ sort_by: 'thread_id', sort_order: 'desc' });
    expect(byId.body.map((each: { thread_id: string }) => each.thread_id)).toEqual(
      made.toSorted().toReversed(),
    );
  });

  test('is filtered by ids, metadata of every kind and the custom state', async () => {
    const [a, b] = await makeMany(2);
    await api.call('POST', `/threads/${a}/state`, { body: { values: { mood: 'calm', deep: { x: [1] } } } });

    const found = async (body: object) =>
      (await search(body)).body.map((each: { thread_id: string }) => each.thread_id);
    expect(await found({ ids: [b, 'unknown'] })).toEqual([b]);
    expect(await found({ ids: [] })).toEqual([]);
    expect(await found({ metadata: { mark, number: 1 } })).toEqual([b]);
    expect(await found({ metadata: { mark, number: '1' } })).toEqual([]);
    expect(await found({ values: { mood: 'calm' } })).toEqual([a]);
    expect(await found({ values: { deep: { x: [1] } } })).toEqual([a]);
    expect(await found({ metadata: { mark, number: { $gte: 0 } } })).toEqual([]);
    expect(await found({ metadata: { mark, graph_id: 'support', assistant_id: 'support' } })).toHaveLength(2);
  });

  test('gives the fields that were asked for', async () => {
    const [id] = await makeMany(1);

    const { body } = await search({ select: ['thread_id', 'status'] });

    expect(body).toEqual([{ thread_id: id, status: 'idle' }]);
  });

  test('and a count see the project of the key alone', async () => {
    await makeMany(3);
    await make({}, {}, api.keys.other.write);

    const count = async (key: string, body: object = {}) =>
      (await api.call('POST', '/threads/count', { key, body: { metadata: { mark }, ...body } })).body;
    expect(await count(api.keys.default.read)).toBe(3);
    expect(await count(api.keys.other.read)).toBe(1);
    expect(await count(api.keys.default.read, { status: 'busy' })).toBe(0);
    expect(await count(api.keys.default.read, { metadata: { mark, number: 1 } })).toBe(1);
    expect((await search({}, api.keys.other.read)).body).toHaveLength(1);
  });
});
