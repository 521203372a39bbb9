import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { refusedWith, says, sdkClient, type State, textsOf } from './sdk-client.ts';

let api: ApiService;
let id: string;

beforeAll(async () => {
  api = await startApiService({ workers: 0 });
});

beforeEach(async () => {
  id = (await sdkClient(api).threads.create()).thread_id;
});

afterAll(() => api.close());

const threads = () => sdkClient(api).threads;
const update = (values: Record<string, unknown>) => threads().updateState(id, { values: values as State });

const checkpointOf = (config: object) => (config as { checkpoint: { checkpoint_id: string } }).checkpoint;

describe('the state of a thread', () => {
  test('is empty at first', async () => {
    expect(await threads().getState(id)).toMatchObject({
      values: { messages: [] },
      next: [],
      tasks: [],
      checkpoint: { thread_id: id, checkpoint_ns: '' },
      parent_checkpoint: null,
    });
  });

  test('takes messages and values, replaces messages by id, and erases those that are removed', async () => {
    const appended = await threads().updateState(id, {
      values: {
        messages: [...says('one', 'a').messages, ...says('two', 'b').messages] as never,
        mood: 'calm',
      },
      asNode: 'clerk',
    });
    const told = await threads().getState(id);
    expect(told.checkpoint).toMatchObject(checkpointOf(appended));
    expect(told.metadata).toMatchObject({ source: 'update', as_node: 'clerk' });
    expect(told.values).toEqual({
      mood: 'calm',
      messages: [
        { type: 'human', id: 'a', content: 'one' },
        { type: 'human', id: 'b', content: 'two' },
      ],
    });

    await update({ ...says('ONE', 'a'), seats: 2 });
    await update({ messages: [{ type: 'remove', id: 'b', content: '' }] });

    const { values } = await threads().getState(id);
    expect(values).toMatchObject({ mood: 'calm', seats: 2 });
    expect(values.messages.map(({ id: each, content }) => [each, content])).toEqual([
      ['a', 'ONE'],
      ['b', ''],
    ]);
  });

  test('takes an answer with calls of tools, those without an id too', async () => {
    const call = { name: 'look_up', args: { order: 4711 } };
    const message = {
      type: 'ai',
      content: '',
      tool_calls: [
        { ...call, id: null },
        { ...call, id: 'c2' },
      ],
    };

    await update({ messages: [message] });

    const { values } = await threads().getState(id);
    expect(values.messages).toMatchObject([
      {
        type: 'ai',
        tool_calls: [
          { ...call, id: expect.stringMatching(/./) },
          { ...call, id: 'c2' },
        ],
      },
    ]);
  });

  test('is read as it was, by a checkpoint or its id', async () => {
    const first = checkpointOf(await update({ ...says('one', 'a'), mood: 'calm' }));
    await update({ ...says('ONE', 'a'), mood: 'angry' });

    const byId = await threads().getState(id, first.checkpoint_id);
    const { checkpoint } = byId;
    const byCheckpoint = await threads().getState(id, checkpoint, { subgraphs: true });

    expect(byId.values).toMatchObject({ mood: 'calm', messages: [{ content: 'one' }] });
    expect(byCheckpoint).toEqual(byId);
    await expect(threads().getState(id, '000000000999')).rejects.toEqual(refusedWith(404));
  });

  test('is changed after the newest checkpoint, and after an older one it is not', async () => {
    const first = checkpointOf(await update(says('one')));
    const second = checkpointOf(
      await threads().updateState(id, { values: says('two') as never, checkpointId: first.checkpoint_id }),
    );

    expect(Number(second.checkpoint_id)).toBeGreaterThan(Number(first.checkpoint_id));
    const branch = threads().updateState(id, {
      values: says('branch') as never,
      checkpointId: first.checkpoint_id,
    });
    await expect(branch).rejects.toEqual(refusedWith(422));
    expect(textsOf((await threads().getState(id)).values)).toEqual(['human: one', 'human: two']);
  });
});

describe('the history of a thread', () => {
  test('is paged newest first by limit and before, each state as it was then', async () => {
    for (const text of ['one', 'two', 'three', 'four', 'five']) await update(says(text, text));
    await update(says('FIVE', 'five'));

    const seen: string[] = [];
    let before: { configurable: { checkpoint_id: string } } | undefined;
    for (;;) {
      const page = await threads().getHistory<State>(id, {
        limit: 4,
        ...(before === undefined ? {} : { before }),
      });
      seen.push(...page.map(({ values }) => values.messages.map(({ content }) => content).join(' ')));
      const last = page.at(-1)?.checkpoint.checkpoint_id;
      if (typeof last !== 'string') break;
      before = { configurable: { checkpoint_id: last } };
    }

    expect(seen).toEqual([
      'one two three four FIVE',
      'one two three four five',
      'one two three four',
      'one two three',
      'one two',
      'one',
    ]);
  });

  test('is told ten states at a time when no limit is named', async () => {
    for (let n = 1; n <= 12; n += 1) await update(says(`${n}`));

    expect(await threads().getHistory(id)).toHaveLength(10);
    expect(await threads().getHistory(id, { limit: 100 })).toHaveLength(12);
  });

  test('is filtered by metadata, and by a checkpoint', async () => {
    await update(says('one'));
    const marked = checkpointOf(
      await threads().updateState(id, { values: { mood: 'calm' } as never, asNode: 'clerk' }),
    );
    await update(says('two'));

    const byMetadata = await threads().getHistory<State>(id, { metadata: { as_node: 'clerk' } });
    const byCheckpoint = await threads().getHistory<State>(id, {
      checkpoint: { checkpoint_id: marked.checkpoint_id },
    });

    expect(byMetadata.map(({ checkpoint }) => checkpoint.checkpoint_id)).toEqual([marked.checkpoint_id]);
    expect(byCheckpoint).toEqual(byMetadata);
    expect(byMetadata[0]?.values).toMatchObject({ mood: 'calm', messages: [{ content: 'one' }] });
  });

  test('shows a removed message nowhere, and leaves its place', async () => {
    await update(says('a secret', 'a'));
    await update(says('harmless', 'b'));

    await update({ messages: [{ type: 'remove', id: 'a' }] });

    const states = await threads().getHistory<State>(id, { limit: 100 });
    expect(JSON.stringify(states)).not.toContain('secret');
    expect(states.map(({ values }) => values.messages.map(({ content }) => content))).toEqual([
      ['', 'harmless'],
      ['', 'harmless'],
      [''],
    ]);
  });
});
