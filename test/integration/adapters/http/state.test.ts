import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

const human = (id: string, content: string) => ({ type: 'human', id, content });

async function update(values: object, more: object = {}): Promise<string> {
  const { status, body } = await api.call('POST', `/threads/${threadId}/state`, {
    body: { values, ...more },
  });
  expect(status).toBe(200);
  expect(body.checkpoint).toMatchObject({ thread_id: threadId, checkpoint_ns: '' });
  return body.checkpoint.checkpoint_id;
}

async function state(checkpointId?: string) {
  const path = checkpointId === undefined ? '' : `/${checkpointId}`;
  const { status, body } = await api.call('GET', `/threads/${threadId}/state${path}`);
  expect(status).toBe(200);
  return body;
}

describe('the state of a thread', () => {
  test('that has no step is empty', async () => {
    expect(await state()).toEqual({
      values: { messages: [] },
      next: [],
      tasks: [],
      metadata: { source: 'input', step: 0 },
      created_at: expect.any(String),
      checkpoint: {
        thread_id: threadId,
        checkpoint_ns: '',
        checkpoint_id: '000000000000',
        checkpoint_map: null,
      },
      parent_checkpoint: null,
    });
  });

  test('takes messages of every role, and merges other values key by key', async () => {
    await update({
      mood: 'calm',
      deep: { a: 1 },
      messages: [
        { role: 'system', content: 'Be kind.' },
        {
          type: 'human',
          id: 'm1',
          content: [
            { type: 'text', text: 'Where ' },
            { type: 'text', text: 'is it?' },
          ],
          name: 'Ada',
        },
        {
          type: 'ai',
          id: 'm2',
          content: '',
          tool_calls: [{ id: 'c1', name: 'find', args: { order: 7 }, type: 'tool_call' }],
        },
        { type: 'tool', id: 'm3', content: 'Cologne', tool_call_id: 'c1', status: 'success' },
      ],
    });
    await update({ deep: { b: 2 }, open: true });

    const { values } = await state();

    expect(values).toMatchObject({ mood: 'calm', deep: { b: 2 }, open: true });
    expect(values.messages).toEqual([
      { type: 'system', id: expect.stringMatching(/^[0-9a-f-]{36}$/), content: 'Be kind.' },
      { type: 'human', id: 'm1', content: 'Where is it?', name: 'Ada' },
      {
        type: 'ai',
        id: 'm2',
        content: '',
        tool_calls: [{ id: 'c1', name: 'find', args: { order: 7 }, type: 'tool_call' }],
      },
      { type: 'tool', id: 'm3', content: 'Cologne', tool_call_id: 'c1' },
    ]);
    const { body: thread } = await api.call('GET', `/threads/${threadId}`);
    expect(thread.values).toEqual({ mood: 'calm', deep: { b: 2 }, open: true });
  });

  test('takes back what it gave, and changes nothing by it', async () => {
    await update({ messages: [human('m1', 'one'), { type: 'ai', content: 'two' }] });
    const before = await state();

    await update(before.values);

    expect((await state()).values).toEqual(before.values);
  });

  test('replaces a message whose id is known, by the id of the client as by ours, and erases one on demand', async () => {
    await update({ messages: [human('m1', 'one'), { type: 'ai', content: 'two' }, human('m3', 'three')] });
    const ours = (await state()).values.messages[1].id;

    await update({ messages: [human('m1', 'ONE'), { type: 'ai', id: ours, content: 'TWO' }] });
    await update({
      messages: [
        { type: 'remove', id: 'm3' },
        { type: 'remove', id: 'never seen' },
      ],
    });

    const { messages } = (await state()).values;
    expect(messages.map(({ content }: { content: string }) => content)).toEqual(['ONE', 'TWO', '']);
    expect(messages.map(({ id }: { id: string }) => id)).toEqual(['m1', ours, 'm3']);
  });

  test('is told as it was after each step, whatever came after it', async () => {
    const first = await update({ mood: 'calm', messages: [human('m1', 'one')] });
    const second = await update({ messages: [human('m2', 'two')] });
    const third = await update({ mood: 'angry', messages: [human('m1', 'ONE')] });
    const fourth = await update({}, { as_node: 'auditor' });

    const told = await Promise.all([first, second, third, fourth].map(state));

    expect(
      told.map(({ values }) => [
        values.mood,
        values.messages.map((each: { content: string }) => each.content),
      ]),
    ).toEqual([
      ['calm', ['one']],
      ['calm', ['one', 'two']],
      ['angry', ['ONE', 'two']],
      ['angry', ['ONE', 'two']],
    ]);
    expect(told.map(({ checkpoint }) => checkpoint.checkpoint_id)).toEqual([first, second, third, fourth]);
    expect(told.map(({ metadata }) => metadata.source)).toEqual(['update', 'input', 'update', 'update']);
    expect(told[3].metadata.as_node).toBe('auditor');
    expect([first, second, third, fourth].toSorted()).toEqual([first, second, third, fourth]);
  });

  test('forgets a deleted text everywhere, the past included', async () => {
    const first = await update({ messages: [human('m1', 'my secret')] });
    await update({ messages: [human('m1', 'my secret, edited')] });

    await update({ messages: [{ type: 'remove', id: 'm1' }] });

    for (const told of [await state(first), await state()]) {
      expect(told.values.messages).toEqual([human('m1', '')]);
    }
    const everything = await Promise.all(
      ['history?limit=100', 'messages'].map((path) => api.call('GET', `/threads/${threadId}/${path}`)),
    );
    for (const { text } of everything) expect(text).not.toContain('secret');
  });

  test('is found by a checkpoint as the SDK sends it', async () => {
    const first = await update({ messages: [human('m1', 'one')] });
    await update({ messages: [human('m2', 'two')] });
    const ask = (checkpoint: object) =>
      api.call('POST', `/threads/${threadId}/state/checkpoint`, { body: { checkpoint, subgraphs: false } });

    const at = await ask({
      thread_id: threadId,
      checkpoint_ns: '',
      checkpoint_id: first,
      checkpoint_map: null,
    });
    expect(at.body).toEqual(await state(first));
    const now = await ask({ checkpoint_ns: '' });
    expect(now.body).toEqual(await state());
  });

  test('names as parent the step before', async () => {
    const first = await update({ messages: [human('m1', 'one'), human('m2', 'two')] });
    const second = await update({ mood: 'calm' });

    expect((await state(second)).parent_checkpoint.checkpoint_id).toBe(first);
    expect((await state('1')).parent_checkpoint).toBeNull();
  });

  test('of an old step costs what its messages cost: no later message is read', async () => {
    const reads: number[] = [];
    const watched = await startApiService({
      workers: 0,
      parts: ({ messages }) => ({
        messages: {
          ...messages,
          async between(id, after, upTo) {
            const found = await messages.between(id, after, upTo);
            reads.push(found.length);
            return found;
          },
        },
      }),
    });
    try {
      const { body } = await watched.call('POST', '/threads');
      const id: string = body.thread_id;
      await watched.call('POST', `/threads/${id}/state`, {
        body: { values: { messages: [human('a', 'one')] } },
      });
      const many = Array.from({ length: 50 }, (_, index) => human(`b${index}`, 'x'));
      await watched.call('POST', `/threads/${id}/state`, { body: { values: { messages: many } } });

      await watched.call('GET', `/threads/${id}/state/1`);

      expect(reads).toEqual([1]);
    } finally {
      await watched.close();
    }
  });
});

describe('an update of the state is refused', () => {
  test.each([
    ['of a checkpoint that is not the newest', { values: {}, checkpoint_id: '1' }, 422, 'checkpoint_id'],
    ['of a checkpoint that is not there', { values: {}, checkpoint_id: '999' }, 404, undefined],
    [
      'of a checkpoint of another thread',
      { values: {}, checkpoint: { thread_id: 'another' } },
      422,
      'checkpoint.thread_id',
    ],
    [
      'with an image',
      { values: { messages: [{ type: 'human', content: [{ type: 'image_url', image_url: 'x' }] }] } },
      422,
      'values.messages.0.content.0.type',
    ],
    ['with a message of nobody', { values: { messages: [{ content: 'x' }] } }, 422, 'values.messages.0.type'],
    ['with a key that is a path', { values: { 'a.b': 1 } }, 422, 'values.a.b'],
    ['with a key that is an operator', { values: { $set: 1 } }, 422, 'values.$set'],
    [
      'with too many messages',
      { values: { messages: Array.from({ length: 101 }, () => human('x', 'y')) } },
      422,
      'values.messages',
    ],
    ['with values that are a list', { values: [1] }, 422, 'values'],
    ['with an unknown field', { values: {}, colour: 'red' }, 422, 'colour'],
  ])('%s', async (_what, body, status, field) => {
    await update({ messages: [human('m1', 'one'), human('m2', 'two')] });

    const answer = await api.call('POST', `/threads/${threadId}/state`, { body });

    expect(answer.status).toBe(status);
    expect(answer.body.error.details?.field).toBe(field);
    expect((await state()).checkpoint.checkpoint_id).toBe('000000000002');
  });

  test('when the custom state grows too large', async () => {
    await update({ a: 'x'.repeat(200_000) });

    const answer = await api.call('POST', `/threads/${threadId}/state`, {
      body: { values: { b: 'x'.repeat(200_000) } },
    });

    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'invalid_input' } } });
    expect((await state()).values).not.toHaveProperty('b');
  });

  test('by a key that may only read', async () => {
    const answer = await api.call('POST', `/threads/${threadId}/state`, {
      body: { values: {} },
      key: api.keys.default.read,
    });

    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
  });
});

test.each(['x', '-1', '1.5', '99', '0000000000000000001'])('there is no checkpoint %s', async (id) => {
  const { status } = await api.call('GET', `/threads/${threadId}/state/${id}`);

  expect([404, 422]).toContain(status);
});
