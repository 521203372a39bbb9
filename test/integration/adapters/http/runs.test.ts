import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { incoming } from '../../../fixtures/run-engine.ts';
import { asProgram } from './run-driver.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Answers with an echo. */
let api: ApiService;
let program: ReturnType<typeof asProgram>;
beforeAll(async () => {
  api = await startApiService({ assistants: ['support', 'sales'] });
  program = asProgram(api);
});
afterAll(() => api.close());

const wait = (threadId: string, body: object) => api.call('POST', `/threads/${threadId}/runs/wait`, { body });

/** Contents of a thread's messages. */
async function contents(threadId: string): Promise<string[]> {
  const { messages } = await program.state(threadId);
  return messages.map(({ content }: { content: string }) => content);
}

describe('a run', () => {
  test('is started, executed and read again with what was asked for', async () => {
    const threadId = await program.thread();
    const asked = {
      ...program.question('Hi'),
      assistant_id: 'sales',
      config: { tags: ['a.b', '$c'], configurable: { 'x.y': 1 } },
      context: { user: 'U1' },
      metadata: { source: 'test' },
      stream_mode: 'values',
      on_disconnect: 'continue',
      multitask_strategy: 'interrupt',
    };
    const made = await api.call('POST', `/threads/${threadId}/runs`, { body: asked });
    expect(made).toMatchObject({
      status: 200,
      body: {
        thread_id: threadId,
        assistant_id: 'sales',
        metadata: { source: 'test' },
        multitask_strategy: 'interrupt',
        error: null,
        kwargs: {
          config: asked.config,
          context: asked.context,
          stream_mode: ['values'],
          on_disconnect: 'continue',
        },
      },
    });
    const { run_id: runId } = made.body;
    expect(made.headers.get('content-location')).toBe(`/threads/${threadId}/runs/${runId}`);
    const joined = await api.call('GET', `/threads/${threadId}/runs/${runId}/join`);
    expect(joined).toMatchObject({
      status: 200,
      body: {
        messages: [
          { type: 'human', content: 'Hi' },
          { type: 'ai', content: 'You said: Hi' },
        ],
      },
    });
    expect(await program.run({ threadId, runId })).toMatchObject({ run_id: runId, status: 'success' });
    expect((await api.call('GET', `/threads/${threadId}`)).body).toMatchObject({ status: 'idle' });
  });

  test('is waited for, by whoever starts it and by whoever joins it later', async () => {
    const threadId = await program.thread();
    const waited = await wait(threadId, program.question('Hi'));
    expect(waited.body.messages).toMatchObject([{ content: 'Hi' }, { content: 'You said: Hi' }]);
    const location = waited.headers.get('content-location') ?? '';
    expect(location).toMatch(new RegExp(`^/threads/${threadId}/runs/[0-9a-f-]{36}$`));
    await wait(threadId, program.question('And?'));
    // The state as that run left it, not as it is now.
    expect((await api.call('GET', `${location}/join`)).body).toEqual(waited.body);
  });

  test('appends its messages in their order, with the ids that the client gave them', async () => {
    const threadId = await program.thread();
    const { body } = await wait(threadId, {
      assistant_id: 'support',
      input: {
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            type: 'human',
            id: 'mine',
            content: [
              { type: 'text', text: 'Hello ' },
              { type: 'text', text: 'you' },
            ],
          },
        ],
      },
    });
    expect(body.messages).toMatchObject([
      { type: 'system', content: 'Be brief.' },
      { type: 'human', id: 'mine', content: 'Hello you' },
      { type: 'ai' },
    ]);
  });

  test('without input continues from what is there', async () => {
    const threadId = await program.thread();
    await api.call('POST', `/threads/${threadId}/state`, {
      body: { values: { messages: [{ type: 'human', content: 'From before' }] } },
    });
    for (const input of [null, {}, { messages: [] }]) {
      const { status, body } = await wait(threadId, { assistant_id: 'support', input });
      expect(status).toBe(200);
      expect(body.messages.at(-1)).toMatchObject({ type: 'ai' });
    }
    expect(await contents(threadId)).toHaveLength(4);
  });

  test('on a thread of a platform is answered there too', async () => {
    const taken = await api.ingest.message(incoming({ text: 'From Slack' }));
    if (taken.kind !== 'run') throw new Error('the message sets off a run');
    const ref = await program.start(taken.threadId, 'From a program');
    const delivery = await api.stores.deliveries.find(ref);
    expect(delivery).toMatchObject({ runId: ref.runId, replyTo: null });
    await api.call('GET', `/threads/${ref.threadId}/runs/${ref.runId}/join`);
    expect(await contents(ref.threadId)).toEqual([
      'From Slack',
      expect.any(String),
      expect.any(String),
      'You said: From a program',
    ]);
  });

  test('may begin later', async () => {
    const threadId = await program.thread();
    const begun = Date.now();
    const ref = await program.start(threadId, 'Later', { after_seconds: 1 });
    expect(await program.run(ref)).toMatchObject({ status: 'pending', kwargs: { after_seconds: 1 } });
    await api.call('GET', `/threads/${threadId}/runs/${ref.runId}/join`);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1_000);
    expect(await program.run(ref)).toMatchObject({ status: 'success' });
  });

  test('takes what the SDK sends and what means nothing here', async () => {
    const threadId = await program.thread();
    const first = await wait(threadId, {
      ...program.question('Hi'),
      command: null,
      webhook: null,
      interrupt_before: [],
      interrupt_after: null,
      stream_subgraphs: true,
      stream_resumable: true,
      feedback_keys: ['a'],
      checkpoint_during: false,
      durability: 'async',
      langsmith_tracer: { project_name: 'p' },
      on_completion: 'complete',
      checkpoint: { checkpoint_ns: '', checkpoint_id: '000000000000', checkpoint_map: null },
    });
    expect(first.status).toBe(200);
    const { body } = await api.call('GET', `/threads/${threadId}/state`);
    const { thread_id: _, ...head } = body.checkpoint;
    const next = await wait(threadId, { ...program.question('More'), checkpoint: head });
    expect(next).toMatchObject({ status: 200 });
  });
});

describe('runs of a thread', () => {
  test('are listed newest first, page by page, by status and with the fields that were asked for', async () => {
    const threadId = await program.thread();
    const ids: string[] = [];
    for (const content of ['1', '2', '3']) {
      const { headers } = await wait(threadId, program.question(content));
      ids.unshift(headers.get('content-location')?.split('/').at(-1) ?? '');
    }
    const list = (query: string) => api.call('GET', `/threads/${threadId}/runs${query}`);
    const page = await list('?limit=2&offset=0');
    expect(page.body.map(({ run_id }: { run_id: string }) => run_id)).toEqual(ids.slice(0, 2));
    expect(page.headers.get('x-pagination-next')).toBe('2');
    const last = await list('?limit=2&offset=2');
    expect(last.body.map(({ run_id }: { run_id: string }) => run_id)).toEqual(ids.slice(2));
    expect(last.headers.get('x-pagination-next')).toBeNull();
    expect((await list('?status=success')).body).toHaveLength(3);
    expect((await list('?status=error')).body).toEqual([]);
    expect((await list('?select=run_id&select=status&limit=1')).body).toEqual([
      { run_id: ids[0], status: 'success' },
    ]);
  });

  test('each path is served with a slash at its end too', async () => {
    const threadId = await program.thread();
    const body = program.question('Hi');
    const { body: run } = await api.call('POST', `/threads/${threadId}/runs/`, { body });
    for (const path of [`/runs/${run.run_id}/join/`, `/runs/${run.run_id}/`, '/runs/']) {
      expect((await api.call('GET', `/threads/${threadId}${path}`)).status).toBe(200);
    }
    expect((await api.call('POST', '/runs/wait/', { body })).status).toBe(200);
  });
});

describe('a run without a thread of its own', () => {
  test('gets one, which goes after the run unless it is to be kept', async () => {
    const gone = await api.call('POST', '/runs', { body: program.question('Hi') });
    const kept = await api.call('POST', '/runs', {
      body: { ...program.question('Hi'), on_completion: 'keep' },
    });
    for (const { body } of [gone, kept]) {
      expect((await api.call('GET', `/threads/${body.thread_id}/runs/${body.run_id}/join`)).status).toBe(200);
    }
    const expiryOf = async (threadId: string) =>
      (await api.call('GET', `/threads/${threadId}`)).body.expires_at as string | null;
    const expiry = Date.parse((await expiryOf(gone.body.thread_id)) ?? '');
    // Long enough that whoever waits for the outcome still reads it.
    expect(expiry - Date.now()).toBeGreaterThan(50_000);
    expect(expiry - Date.now()).toBeLessThan(70_000);
    expect(await expiryOf(kept.body.thread_id)).toBeNull();
  });

  test('is waited for and streamed', async () => {
    const waited = await api.call('POST', '/runs/wait', { body: program.question('Hi') });
    expect(waited).toMatchObject({ status: 200, body: { messages: [{ content: 'Hi' }, { type: 'ai' }] } });
    const frames = await (await program.stream('/runs/stream', program.question('Hi'))).ended;
    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { status: 'success' } });
  });

  test('continues the thread of the body, which then stays', async () => {
    const threadId = await program.thread();
    const body = { ...program.question('Hi'), thread_id: threadId };
    await (await program.stream('/runs/stream', body)).ended;
    expect((await api.call('POST', '/runs/wait', { body })).body.messages).toHaveLength(4);
    expect((await api.call('GET', `/threads/${threadId}`)).body.expires_at).toBeNull();
    const refused = await api.call('POST', '/runs', { body: { ...body, on_completion: 'delete' } });
    expect(refused).toMatchObject({ status: 422, body: { error: { details: { field: 'on_completion' } } } });
  });
});

describe('a thread that is not there', () => {
  test('is made for a run that says so, in the project of the key', async () => {
    const id = randomUUID();
    const { status } = await wait(id, { ...program.question('Hi'), if_not_exists: 'create' });
    expect(status).toBe(200);
    expect((await api.call('GET', `/threads/${id}`)).body).toMatchObject({ project_id: 'default' });
    expect(
      (await wait(id, { ...program.question('More'), if_not_exists: 'create' })).body.messages,
    ).toHaveLength(4);
    const odd = await wait('no-uuid', { ...program.question('Hi'), if_not_exists: 'create' });
    expect(odd).toMatchObject({ status: 422, body: { error: { details: { field: 'thread_id' } } } });
  });

  test('is not made under the id of another project', async () => {
    const threadId = await program.thread();
    const key = api.keys.other.write;
    for (const path of ['', '/stream', '/wait']) {
      const answer = await api.call('POST', `/threads/${threadId}/runs${path}`, {
        key,
        body: { ...program.question('Hi'), if_not_exists: 'create' },
      });
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    }
    expect(await contents(threadId)).toEqual([]);
  });

  test('after its deletion is not brought back by a run', async () => {
    const threadId = await program.thread();
    await api.call('DELETE', `/threads/${threadId}`);
    expect(await wait(threadId, program.question('Hi'))).toMatchObject({ status: 404 });
    await eventually(
      async () => ((await api.stores.threads.find(threadId)) === null ? true : null),
      'the thread stays away',
    );
  });
});
