import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { incoming } from '../../../fixtures/run-engine.ts';

let api: ApiService;

beforeAll(async () => {
  api = await startApiService();
});

afterAll(() => api.close());

/** A person asks in Slack, and is answered. */
async function conversation(question: string) {
  const message = incoming({
    text: question,
    author: { id: 'U1', name: 'Ada' },
    metadata: { plan: 'gold' },
    attachments: [
      {
        id: 'F1',
        name: 'bill.pdf',
        mediaType: 'application/pdf',
        sizeBytes: 12,
        url: 'https://files.example.com/F1',
      },
    ],
  });
  const result = await api.ingest.message(message);
  if (result.kind !== 'run') throw new Error(`the message was not answered: ${result.kind}`);
  const { threadId } = result;
  await answered(threadId);
  return { message, threadId };
}

async function answered(threadId: string): Promise<void> {
  await eventually(async () => {
    const { body } = await api.call('GET', `/threads/${threadId}`);
    return body.status === 'idle' ? body : null;
  }, 'the thread is answered');
}

const read = async (path: string) => (await api.call('GET', path)).body;

describe('a thread that was born in Slack', () => {
  test('is read by programs: where it lives, what was said and by whom', async () => {
    const { threadId, message } = await conversation('hello');

    const thread = await read(`/threads/${threadId}`);
    expect(thread).toMatchObject({
      origin: message.origin,
      project_id: 'default',
      metadata: { plan: 'gold' },
    });
    const { values } = await read(`/threads/${threadId}/state`);
    expect(values.messages).toMatchObject([
      { type: 'human', name: 'Ada', content: 'hello' },
      { type: 'ai', content: 'You said: hello' },
    ]);
    const { messages } = await read(`/threads/${threadId}/messages`);
    expect(messages[0]).toMatchObject({
      author: { id: 'U1', name: 'Ada', is_bot: false },
      attachments: [{ name: 'bill.pdf', media_type: 'application/pdf', size_bytes: 12 }],
      run_id: null,
    });
    expect(messages[1].run_id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await read('/threads?metadata[plan]=gold')).threads).toContainEqual(thread);
  });

  test('is not there for another project', async () => {
    const { threadId } = await conversation('a secret');

    const { status } = await api.call('GET', `/threads/${threadId}`, { key: api.keys.other.admin });

    expect(status).toBe(404);
  });

  test('keeps its past when a message is edited in Slack, and tells of the edit as a step', async () => {
    const { threadId, message } = await conversation('helo');
    const before = await read(`/threads/${threadId}/history`);

    await api.ingest.edit({
      origin: message.origin,
      sourceId: message.sourceId,
      text: 'hello',
      editedAt: new Date(),
    });
    await answered(threadId);

    const after = await read(`/threads/${threadId}/history`);
    expect(after.slice(-before.length)).toEqual(before);
    expect(after.map(({ metadata }: { metadata: { source: string } }) => metadata.source)).toContain('edit');
    expect(after[0].values.messages[0].content).toBe('hello');
  });

  test('forgets what is deleted in Slack, in its past too', async () => {
    const { threadId, message } = await conversation('my number is 4711');

    await api.ingest.deletion({ origin: message.origin, sourceId: message.sourceId, deletedAt: new Date() });

    const told = await Promise.all(
      ['state', 'history', 'messages'].map((path) => api.call('GET', `/threads/${threadId}/${path}`)),
    );
    for (const { body } of told.slice(0, 2)) {
      for (const state of [body].flat()) expect(state.values.messages[0].content).toBe('');
    }
    expect(told[2]?.body.messages[0]).toMatchObject({ content: '', redacted_at: expect.any(String) });
  });

  test('is changed by programs as any other', async () => {
    const { threadId } = await conversation('hello');

    await api.call('PATCH', `/threads/${threadId}`, {
      body: { name: 'Greetings', metadata: { seen: true } },
    });
    await api.call('POST', `/threads/${threadId}/state`, { body: { values: { mood: 'calm' } } });

    expect(await read(`/threads/${threadId}`)).toMatchObject({
      name: 'Greetings',
      metadata: { plan: 'gold', seen: true },
      values: { mood: 'calm' },
    });
  });
});
