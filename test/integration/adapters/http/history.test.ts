import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';

let api: ApiService;
let threadId: string;

beforeAll(async () => {
  api = await startApiService({ workers: 0 });
});

beforeEach(async () => {
  threadId = (await api.call('POST', '/threads')).body.thread_id;
});

afterAll(() => api.close());

const update = (values: object) => api.call('POST', `/threads/${threadId}/state`, { body: { values } });
const say = (id: string, content: string) => update({ messages: [{ type: 'human', id, content }] });

/** Turns of a person and the assistant, of a usual length. */
async function talk(turns: number): Promise<void> {
  const messages = Array.from({ length: turns }, (_, turn) => [
    { type: 'human', id: `h${turn}`, content: `Question ${turn}: ${'where is it? '.repeat(10)}` },
    { type: 'ai', id: `a${turn}`, content: `Answer ${turn}: ${'it is on its way. '.repeat(30)}` },
  ]).flat();
  await update({ messages });
}

async function history(body: object = {}) {
  const answer = await api.call('POST', `/threads/${threadId}/history`, { body });
  expect(answer.status).toBe(200);
  return answer.body as {
    values: { messages: { content: string }[]; mood?: string } | null;
    checkpoint: { checkpoint_id: string };
    parent_checkpoint: { checkpoint_id: string } | null;
    metadata: { source: string; step: number };
  }[];
}

const stepsOf = (states: { metadata: { step: number } }[]) => states.map(({ metadata }) => metadata.step);

describe('the history of a thread', () => {
  test('is told newest first, each state as it was then', async () => {
    await say('m1', 'one');
    await update({ mood: 'calm' });
    await say('m2', 'two');
    await say('m1', 'ONE');
    await update({ mood: 'angry' });

    const states = await history();

    expect(stepsOf(states)).toEqual([5, 4, 3, 2, 1]);
    expect(
      states.map(({ values }) => [values?.mood, values?.messages.map(({ content }) => content).join(' ')]),
    ).toEqual([
      ['angry', 'ONE two'],
      ['calm', 'ONE two'],
      ['calm', 'one two'],
      ['calm', 'one'],
      [undefined, 'one'],
    ]);
    expect(states.map(({ parent_checkpoint: parent }) => parent?.checkpoint_id ?? null)).toEqual([
      ...states.slice(1).map(({ checkpoint }) => checkpoint.checkpoint_id),
      null,
    ]);
  });

  test('says of each state what reading that state says', async () => {
    await talk(3);
    await update({ mood: 'calm' });
    await say('h0', 'changed');

    for (const state of await history()) {
      const { body } = await api.call('GET', `/threads/${threadId}/state/${state.checkpoint.checkpoint_id}`);
      expect(body).toEqual(state);
    }
  });

  test.each(['string', 'checkpoint', 'config'])('is paged by `before` as a %s', async (form) => {
    await talk(5);
    const seen: number[] = [];

    let page = await history({ limit: 3 });
    while (page.length > 0) {
      seen.push(...stepsOf(page));
      const id = page.at(-1)?.checkpoint.checkpoint_id;
      const forms = {
        string: id,
        checkpoint: page.at(-1)?.checkpoint,
        config: { configurable: { thread_id: threadId, checkpoint_ns: '', checkpoint_id: id } },
      };
      page = await history({ limit: 3, before: forms[form as keyof typeof forms] });
    }

    expect(seen).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('is filtered by what made the states, across all pages', async () => {
    await talk(4);
    await update({ mood: 'calm' });
    await talk(1);
    await update({ mood: 'angry' });

    const states = await history({ limit: 2, metadata: { source: 'update' } });

    expect(states.map(({ values }) => values?.mood)).toEqual(['angry', 'calm']);
    expect(await history({ limit: 5, metadata: { source: 'nothing' } })).toEqual([]);
    expect(stepsOf(await history({ metadata: { step: 3 } }))).toEqual([3]);
  });

  test('is one state when a checkpoint is named', async () => {
    await talk(2);

    expect(stepsOf(await history({ checkpoint: { checkpoint_id: '3' } }))).toEqual([3]);
    expect(stepsOf(await history({ checkpoint: { checkpoint_ns: '' }, limit: 1 }))).toEqual([4]);
    expect(await history({ checkpoint: { checkpoint_id: '3' }, metadata: { source: 'update' } })).toEqual([]);
  });

  test('of an empty thread is empty', async () => {
    expect(await history()).toEqual([]);
    expect((await api.call('GET', `/threads/${threadId}/history`)).body).toEqual([]);
  });

  test('of 30 turns weighs under 60 KiB without values', async () => {
    await talk(30);

    const light = await api.call('GET', `/threads/${threadId}/history?limit=100&values=false`);

    expect(light.body).toHaveLength(60);
    expect(light.body.every(({ values }: { values: unknown }) => values === null)).toBe(true);
    expect(Buffer.byteLength(light.text)).toBeLessThan(60 * 1024);
    const same = await history({ limit: 100, values: false });
    expect(same).toEqual(light.body);
  });

  test('copies no message: what is stored grows with what is said', async () => {
    await talk(20);
    await update({ mood: 'calm' });

    const messages = await api.database.models.messages.countDocuments({ threadId });
    const checkpoints = await api.database.models.checkpoints.find({ threadId }).lean();

    expect(messages).toBe(40);
    expect(checkpoints).toHaveLength(1);
    expect(JSON.stringify(checkpoints)).not.toContain('Question');
  });
});

test('a message that was rolled back with its run is in no state, no history and no list', async () => {
  await say('m1', 'one');
  const run = await api.call('POST', `/threads/${threadId}/runs`, {
    body: {
      assistant_id: 'support',
      input: { messages: [{ type: 'human', id: 'm2', content: 'a mistake' }] },
    },
  });
  expect((await history())[0]?.values?.messages).toHaveLength(2);

  const cancel = `/threads/${threadId}/runs/${run.body.run_id}/cancel?wait=1&action=rollback`;
  expect((await api.call('POST', cancel)).status).toBe(204);
  await say('m3', 'three');

  const states = await history();
  expect(states.map(({ values }) => values?.messages.map(({ content }) => content))).toEqual([
    ['one', 'three'],
    ['one'],
  ]);
  const { body } = await api.call('GET', `/threads/${threadId}/messages`);
  expect(body.messages.map(({ id }: { id: string }) => id)).toEqual(['m1', 'm3']);
  const { text } = await api.call('GET', `/threads/${threadId}/state`);
  expect(text).not.toContain('mistake');
});

describe('a history is refused', () => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ['values=maybe', 'values'],
    ['before=x', 'before'],
    ['colour=red', 'colour'],
  ])('with %s', async (query, field) => {
    const { status, body } = await api.call('GET', `/threads/${threadId}/history?${query}`);

    expect(status).toBe(422);
    expect(body.error.details.field).toBe(field);
  });

  test.each([
    [{ limit: 1e9 }, 'limit'],
    [{ before: {}, limit: '1' }, 'limit'],
    [{ before: [1] }, 'before'],
    [{ checkpoint: { checkpoint_id: 3 } }, 'checkpoint.checkpoint_id'],
    [{ checkpoint: { checkpoint_ns: 'sub' } }, 'checkpoint.checkpoint_ns'],
  ])('with the body %o', async (body, field) => {
    const answer = await api.call('POST', `/threads/${threadId}/history`, { body });

    expect(answer).toMatchObject({ status: 422, body: { error: { details: { field } } } });
  });

  test('before a checkpoint of another thread', async () => {
    const before = { thread_id: 'another', checkpoint_id: '0' };

    const answer = await api.call('POST', `/threads/${threadId}/history`, { body: { before } });

    expect(answer).toMatchObject({
      status: 422,
      body: { error: { details: { field: 'checkpoint.thread_id' } } },
    });
  });

  test('while a store is away, with 503 and not with half an answer', async () => {
    const away = new ThreadrelayError('store_unavailable', 'The database did not take the request.');
    const broken = await startApiService({
      workers: 0,
      parts: ({ state }) => ({ state: { ...state, valuesAt: () => Promise.reject(away) } }),
    });
    const { body: thread } = await broken.call('POST', '/threads');
    const path = `/threads/${thread.thread_id}`;
    await broken.call('POST', `${path}/state`, { body: { values: { mood: 'calm' } } });

    const answer = await broken.call('GET', `${path}/history`);

    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'store_unavailable' } } });
    broken.faults.splice(0);
    await broken.close();
  });

  test('before a checkpoint that is not there', async () => {
    const answer = await api.call('POST', `/threads/${threadId}/history`, { body: { before: '77' } });

    expect(answer.status).toBe(404);
  });
});

describe('the messages of a thread', () => {
  test('are told oldest first, page by page, and steps without a message are passed over', async () => {
    await talk(2);
    for (const mood of ['a', 'b', 'c']) await update({ mood });
    await talk(0);
    await say('last', 'one more');
    const seen: string[] = [];

    let after: number | null = 0;
    while (after !== null) {
      const { body }: { body: { messages: { id: string }[]; next_after_seq: number | null } } =
        await api.call('GET', `/threads/${threadId}/messages?after_seq=${after}&limit=2`);
      seen.push(...body.messages.map(({ id }) => id));
      after = body.next_after_seq;
    }

    expect(seen).toEqual(['h0', 'a0', 'h1', 'a1', 'last']);
  });

  test('come with all that is kept of them', async () => {
    await update({ messages: [{ type: 'human', id: 'm1', content: 'one', name: 'Ada' }] });
    await say('m1', 'ONE');

    const { body } = await api.call('GET', `/threads/${threadId}/messages`);

    expect(body).toEqual({
      messages: [
        {
          type: 'human',
          id: 'm1',
          content: 'ONE',
          name: 'Ada',
          seq: 1,
          created_at: expect.any(String),
          run_id: null,
          author: { id: 'Ada', name: 'Ada', is_bot: false },
          attachments: [],
          edited_at: expect.any(String),
          redacted_at: null,
        },
      ],
      next_after_seq: null,
    });
  });

  test.each(['limit=0', 'limit=101', 'after_seq=-1', 'after_seq=x', 'limit=1&limit=2'])(
    'are refused with %s',
    async (query) => {
      expect((await api.call('GET', `/threads/${threadId}/messages?${query}`)).status).toBe(422);
    },
  );
});
