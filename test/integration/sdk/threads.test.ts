import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { refusedWith, says, sdkClient, textsOf } from './sdk-client.ts';

let api: ApiService;

beforeAll(async () => {
  api = await startApiService({ workers: 0, assistants: ['support', 'sales'] });
});

afterAll(() => api.close());

const idsOf = (threads: { thread_id: string }[]) => threads.map(({ thread_id: id }) => id);

describe('a thread', () => {
  test('is made for an assistant with metadata, and read again', async () => {
    const { threads } = sdkClient(api);

    const made = await threads.create({ graphId: 'sales', metadata: { plan: 'gold' }, ttl: 5 });

    expect(made).toMatchObject({
      status: 'idle',
      values: {},
      interrupts: {},
      metadata: { plan: 'gold', graph_id: 'sales', assistant_id: 'sales' },
      expires_at: expect.any(String),
    });
    expect(await threads.get(made.thread_id)).toEqual(made);
    expect(await threads.get(made.thread_id, { include: ['ttl'] })).toEqual(made);
    expect(await threads.create()).toMatchObject({ metadata: { graph_id: 'support' }, expires_at: null });
  });

  test('whose id is taken is refused or left as it is', async () => {
    const { threads } = sdkClient(api);
    const threadId = randomUUID();

    const made = await threads.create({ threadId, metadata: { n: 1 } });

    expect(made.thread_id).toBe(threadId);
    await expect(threads.create({ threadId })).rejects.toEqual(refusedWith(409));
    await expect(threads.create({ threadId, ifExists: 'raise' })).rejects.toEqual(refusedWith(409));
    expect(await threads.create({ threadId, ifExists: 'do_nothing', metadata: { n: 2 } })).toEqual(made);
  });

  test('takes changes of its metadata key by key', async () => {
    const { threads } = sdkClient(api);
    const { thread_id: id } = await threads.create({ metadata: { plan: 'gold', seats: 3 } });

    const changed = await threads.update(id, { metadata: { seats: 4, city: 'Köln' }, ttl: 7 });
    const silent = await threads.update(id, { metadata: { seats: null }, returnMinimal: true });

    expect(changed.metadata).toMatchObject({ plan: 'gold', seats: 4, city: 'Köln' });
    expect(silent).toBeUndefined();
    const { metadata } = await threads.get(id);
    expect(metadata).toMatchObject({ plan: 'gold', city: 'Köln' });
    expect(metadata).not.toHaveProperty('seats');
  });

  test('is copied with its messages and state, and the copy lives on its own', async () => {
    const { threads } = sdkClient(api);
    const { thread_id: id } = await threads.create({ metadata: { plan: 'gold' } });
    await threads.updateState(id, { values: { ...says('one'), mood: 'calm' } });

    const copy = await threads.copy(id);
    await threads.updateState(copy.thread_id, { values: { ...says('two'), mood: 'angry' } });

    expect(copy.thread_id).not.toBe(id);
    expect(copy.metadata).toMatchObject({ plan: 'gold' });
    const [original, copied] = [await threads.getState(id), await threads.getState(copy.thread_id)];
    expect([textsOf(original.values), original.values['mood']]).toEqual([['human: one'], 'calm']);
    expect([textsOf(copied.values), copied.values['mood']]).toEqual([['human: one', 'human: two'], 'angry']);
  });

  test('that was deleted is gone for all that asks for it', async () => {
    const { threads, runs } = sdkClient(api);
    const { thread_id: id } = await threads.create();
    await threads.updateState(id, { values: says('a secret') });

    expect(await threads.delete(id)).toBeUndefined();

    const gone = refusedWith(404);
    await expect(threads.get(id)).rejects.toEqual(gone);
    await expect(threads.delete(id)).rejects.toEqual(gone);
    await expect(threads.update(id, { metadata: {} })).rejects.toEqual(gone);
    await expect(threads.copy(id)).rejects.toEqual(gone);
    await expect(threads.getState(id)).rejects.toEqual(gone);
    await expect(threads.updateState(id, { values: says('again') })).rejects.toEqual(gone);
    await expect(threads.getHistory(id)).rejects.toEqual(gone);
    await expect(runs.list(id)).rejects.toEqual(gone);
    await expect(runs.create(id, 'support', { input: says('again') })).rejects.toEqual(gone);
    expect(await threads.search({ ids: [id] })).toEqual([]);
  });
});

describe('threads', () => {
  const batch = randomUUID();
  let made: { id: string; plan: string; mood: string }[];

  beforeAll(async () => {
    const { threads } = sdkClient(api);
    made = [];
    for (const [plan, mood] of [
      ['gold', 'calm'],
      ['gold', 'angry'],
      ['iron', 'calm'],
      ['iron', 'calm'],
      ['gold', 'calm'],
    ] as const) {
      const { thread_id: id } = await threads.create({ metadata: { batch, plan } });
      await threads.updateState(id, { values: { mood, messages: [] } });
      made.push({ id, plan, mood });
    }
  });

  const idsWhere = (isWanted: (thread: { plan: string; mood: string }) => boolean) =>
    made
      .filter(isWanted)
      .map(({ id }) => id)
      .toReversed();

  test('are found and counted by metadata, values, status and ids', async () => {
    const { threads } = sdkClient(api);

    expect(idsOf(await threads.search({ metadata: { batch } }))).toEqual(idsWhere(() => true));
    const gold = { metadata: { batch, plan: 'gold' } };
    expect(idsOf(await threads.search(gold))).toEqual(idsWhere(({ plan }) => plan === 'gold'));
    expect(await threads.count(gold)).toBe(3);
    const calm = { ...gold, values: { mood: 'calm' } };
    const areCalm = ({ plan, mood }: { plan: string; mood: string }) => plan === 'gold' && mood === 'calm';
    expect(idsOf(await threads.search(calm))).toEqual(idsWhere(areCalm));
    expect(await threads.count({ ...gold, values: { mood: 'calm', messages: [] } })).toBe(0);
    expect(await threads.count({ metadata: { batch }, status: 'idle' })).toBe(5);
    expect(await threads.count({ metadata: { batch }, status: 'busy' })).toBe(0);
    expect(idsOf(await threads.search({ metadata: { batch, graph_id: 'sales' } }))).toEqual([]);
    const [first = { id: '' }] = made;
    expect(idsOf(await threads.search({ ids: [first.id, randomUUID()] }))).toEqual([first.id]);
    expect(await threads.search({ ids: [] })).toEqual([]);
  });

  test('are told in pages that neither overlap nor leave anything out, in the order asked for', async () => {
    const { threads } = sdkClient(api);
    const wish = { metadata: { batch }, sortBy: 'created_at', sortOrder: 'asc', limit: 2 } as const;

    const pages = [
      await threads.search(wish),
      await threads.search({ ...wish, offset: 2 }),
      await threads.search({ ...wish, offset: 4 }),
      await threads.search({ ...wish, offset: 6 }),
    ];

    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1, 0]);
    expect(pages.flatMap(idsOf)).toEqual(made.map(({ id }) => id));
    const byId = await threads.search({ metadata: { batch }, sortBy: 'thread_id', sortOrder: 'desc' });
    expect(idsOf(byId)).toEqual(
      made
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
  });

  test('are told by the fields asked for alone', async () => {
    const found = await sdkClient(api).threads.search({
      metadata: { batch },
      select: ['thread_id', 'status'],
    });

    expect(found.map((thread) => Object.keys(thread).sort())).toEqual(
      made.map(() => ['status', 'thread_id']),
    );
  });
});
