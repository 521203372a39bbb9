import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';

let api: ApiService;

beforeAll(async () => {
  api = await startApiService({ workers: 0, assistants: ['support', 'sales'] });
});

afterAll(() => api.close());

async function make(body: object = {}, key?: string) {
  const { status, body: thread } = await api.call('POST', '/threads', {
    body,
    ...(key === undefined ? {} : { key }),
  });
  expect(status).toBe(201);
  return thread;
}

describe('a thread', () => {
  test('is made with a name, metadata and an assistant, and read again', async () => {
    const made = await make({
      assistant_id: 'sales',
      name: 'Refund',
      metadata: { plan: 'gold', seats: 3, gone: null },
    });

    expect(made).toMatchObject({
      name: 'Refund',
      assistant_id: 'sales',
      project_id: 'default',
      status: 'idle',
      values: {},
      interrupts: {},
      origin: null,
      closed: null,
      expires_at: null,
      metadata: { plan: 'gold', seats: 3, graph_id: 'sales', assistant_id: 'sales' },
    });
    expect(made.metadata).not.toHaveProperty('gone');
    const { status, body } = await api.call('GET', `/threads/${made.thread_id}`, {
      key: api.keys.default.read,
    });
    expect(status).toBe(200);
    expect(body).toEqual(made);
  });

  test('gets the first assistant of the configuration when none is named', async () => {
    const { body } = await api.call('POST', '/threads');

    expect(body).toMatchObject({ assistant_id: 'support', name: null });
  });

  test('is linked to the assistant that the SDK names in its metadata', async () => {
    expect(await make({ metadata: { graph_id: 'sales' } })).toMatchObject({ assistant_id: 'sales' });

    const contradiction = await api.call('POST', '/threads', {
      body: { assistant_id: 'support', metadata: { graph_id: 'sales' } },
    });
    expect(contradiction).toMatchObject({
      status: 422,
      body: { error: { details: { field: 'metadata.graph_id' } } },
    });
    const unknown = await api.call('POST', '/threads', { body: { assistant_id: 'nobody' } });
    expect(unknown).toMatchObject({ status: 422, body: { error: { details: { field: 'assistant_id' } } } });
  });

  test('whose id is taken is refused, or answered as it is', async () => {
    const id = randomUUID();
    await make({ thread_id: id, name: 'first' });

    const again = await api.call('POST', '/threads', { body: { thread_id: id, name: 'second' } });
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    const kept = await api.call('POST', '/threads', {
      body: { thread_id: id, name: 'second', if_exists: 'do_nothing' },
    });
    expect(kept).toMatchObject({ status: 200, body: { thread_id: id, name: 'first' } });
    const foreign = await api.call('POST', '/threads', {
      body: { thread_id: id, if_exists: 'do_nothing' },
      key: api.keys.other.write,
    });
    expect(foreign.status).toBe(409);
    expect(foreign.text).not.toContain('first');
  });

  test('is renamed, tagged and linked anew, and what is not named stays', async () => {
    const { thread_id: id } = await make({ name: 'a', metadata: { plan: 'gold', seats: 3 } });

    const changed = await api.call('PATCH', `/threads/${id}`, {
      body: { name: 'b', metadata: { plan: null, city: 'Köln' }, assistant_id: 'sales' },
    });
    expect(changed).toMatchObject({ status: 200, body: { name: 'b', assistant_id: 'sales' } });
    expect(changed.body.metadata).toEqual({
      seats: 3,
      city: 'Köln',
      graph_id: 'sales',
      assistant_id: 'sales',
    });
    const unnamed = await api.call('PATCH', `/threads/${id}`, { body: { name: null } });
    expect(unnamed.body).toMatchObject({ name: null, metadata: { seats: 3 } });
    const minimal = await api.call('PATCH', `/threads/${id}`, {
      body: { metadata: { seats: 4 } },
      headers: { prefer: 'return=minimal' },
    });
    expect(minimal).toMatchObject({ status: 204, text: '' });
    expect((await api.call('GET', `/threads/${id}`)).body.metadata.seats).toBe(4);
  });

  test('with a time to live says when it goes, and stays when that is taken back', async () => {
    const before = Date.now();
    const made = await make({ ttl: { ttl: 2, strategy: 'delete' } });

    const lifeMs = Date.parse(made.expires_at) - before;
    expect(lifeMs).toBeGreaterThanOrEqual(120_000);
    expect(lifeMs).toBeLessThan(150_000);
    const kept = await api.call('PATCH', `/threads/${made.thread_id}`, { body: { ttl: null } });
    expect(kept.body.expires_at).toBeNull();
  });

  test('is deleted for good, once', async () => {
    const { thread_id: id } = await make();

    expect(await api.call('DELETE', `/threads/${id}`)).toMatchObject({ status: 204, text: '' });
    for (const path of ['', '/state', '/history', '/messages']) {
      expect((await api.call('GET', `/threads/${id}${path}`)).status).toBe(404);
    }
    expect((await api.call('DELETE', `/threads/${id}`)).status).toBe(404);
    expect(await api.stores.threads.find(id)).toBeNull();
  });

  test('is copied with its messages and state', async () => {
    const { thread_id: id } = await make({ name: 'a', metadata: { plan: 'gold' } });
    await api.call('POST', `/threads/${id}/state`, {
      body: { values: { mood: 'calm', messages: [{ type: 'human', id: 'm1', content: 'hello' }] } },
    });

    const copy = await api.call('POST', `/threads/${id}/copy`);

    expect(copy).toMatchObject({
      status: 200,
      body: { name: 'a', metadata: { plan: 'gold' }, values: { mood: 'calm' } },
    });
    expect(copy.body.thread_id).not.toBe(id);
    const { body: state } = await api.call('GET', `/threads/${copy.body.thread_id}/state`);
    expect(state.values).toEqual({ mood: 'calm', messages: [{ type: 'human', id: 'm1', content: 'hello' }] });
  });
});

describe('a thread of another project', () => {
  test('is not there for whoever has no key of it, whatever is done', async () => {
    const { thread_id: id } = await make({ name: 'secret plans' });
    const key = api.keys.other.admin;

    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'mine' }],
      ['DELETE', '', undefined],
      ['POST', '/copy', undefined],
      ['GET', '/messages', undefined],
      ['GET', '/state', undefined],
      ['POST', '/state', { values: {} }],
      ['GET', '/state/000000000000', undefined],
      ['POST', '/state/checkpoint', { checkpoint: {} }],
      ['GET', '/history', undefined],
      ['POST', '/history', {}],
    ] as const) {
      const answer = await api.call(method, `/threads/${id}${path}`, {
        key,
        ...(body === undefined ? {} : { body }),
      });
      expect(answer, `${method} ${path}`).toMatchObject({
        status: 404,
        body: { error: { code: 'not_found' } },
      });
      expect(answer.text).not.toContain('secret');
    }
    expect((await api.call('GET', `/threads/${id}`)).body.name).toBe('secret plans');
  });
});
