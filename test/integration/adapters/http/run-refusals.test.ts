import { randomUUID } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { driveRun, openQuietApi } from './run-driver.ts';

vi.setConfig({ testTimeout: 30_000 });

const { api, program } = await openQuietApi();

/** The routes that start a run on a thread, and those that start one with `thread_id` in the body. */
const PATHS = ['', '/stream', '/wait'];

/** Asks for the same run on every route that may start one; all answers are to be alike. */
async function onEveryRoute(threadId: string, body: object) {
  const answers = [];
  for (const path of PATHS) {
    answers.push(await api.call('POST', `/threads/${threadId}/runs${path}`, { body }));
    answers.push(await api.call('POST', `/runs${path}`, { body: { ...body, thread_id: threadId } }));
  }
  return answers.map(({ status, body: { error } }) => ({
    status,
    code: error.code,
    field: error.details?.field,
    message: error.message,
  }));
}

const contents = async (threadId: string) => (await program.state(threadId)).messages;
const runsOf = async (threadId: string) => (await api.call('GET', `/threads/${threadId}/runs`)).body;

describe('a run is refused, and nothing is stored,', () => {
  test('on a thread that takes no further runs', async () => {
    const threadId = await program.thread();
    await api.stores.threads.close(threadId, 'the channel was archived', new Date());
    for (const refused of await onEveryRoute(threadId, program.question('Hi'))) {
      expect(refused).toMatchObject({ status: 409, code: 'thread_closed' });
      expect(refused.message).toContain('the channel was archived');
    }
    expect(await contents(threadId)).toEqual([]);
    expect(await runsOf(threadId)).toEqual([]);
  });

  test('on a thread that was deleted or never was', async () => {
    const deleted = await program.thread();
    await api.call('DELETE', `/threads/${deleted}`);
    for (const threadId of [deleted, randomUUID(), 'nonsense']) {
      for (const refused of await onEveryRoute(threadId, program.question('Hi'))) {
        expect(refused).toMatchObject({ status: 404, code: 'not_found' });
      }
      expect((await api.call('GET', `/threads/${threadId}`)).status).toBe(404);
    }
  });

  test('for an assistant that there is not', async () => {
    const threadId = await program.thread();
    const body = { ...program.question('Hi'), assistant_id: 'nobody' };
    for (const refused of await onEveryRoute(threadId, body)) {
      expect(refused).toMatchObject({ status: 422, code: 'invalid_input', field: 'assistant_id' });
      expect(refused.message).toContain('"support"');
    }
    expect(await contents(threadId)).toEqual([]);
  });

  test('beside another one when it says so', async () => {
    const threadId = await program.thread();
    await program.start(threadId, 'First', { multitask_strategy: 'reject' });
    const body = { ...program.question('Second'), multitask_strategy: 'reject' };
    for (const refused of await onEveryRoute(threadId, body)) {
      expect(refused).toMatchObject({ status: 409, code: 'thread_busy' });
    }
    expect(await contents(threadId)).toMatchObject([{ content: 'First' }]);
    expect(await runsOf(threadId)).toHaveLength(1);
  });

  test('all but one of those that race and are to be alone', async () => {
    const threadId = await program.thread();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        api.call('POST', `/threads/${threadId}/runs`, {
          body: { ...program.question(`${index}`), multitask_strategy: 'reject' },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array(7).fill(409),
    ]);
    expect(await contents(threadId)).toHaveLength(1);
    expect(await runsOf(threadId)).toHaveLength(1);
  });

  test('from a checkpoint that is not the newest', async () => {
    const threadId = await program.thread();
    await program.start(threadId, 'First');
    for (const old of [
      { checkpoint_id: '000000000000' },
      { checkpoint: { checkpoint_ns: '', checkpoint_id: '000000000000' } },
      { checkpoint_id: '000000000007' },
    ]) {
      for (const refused of await onEveryRoute(threadId, { ...program.question('Hi'), ...old })) {
        expect(refused).toMatchObject({ status: 422, code: 'invalid_input', field: 'checkpoint_id' });
      }
    }
    expect(await contents(threadId)).toHaveLength(1);
  });

  test.each([
    ['webhook', { webhook: 'https://example.com/hook' }, 'webhook'],
    ['command', { command: { resume: 'yes' } }, 'command'],
    ['interrupt_before', { interrupt_before: ['agent'] }, 'interrupt_before'],
    ['interrupt_after', { interrupt_after: '*' }, 'interrupt_after'],
    ['a mode that is not streamed', { stream_mode: 'debug' }, 'stream_mode'],
    ['such a mode among others', { stream_mode: ['values', 'events'] }, 'stream_mode.1'],
    ['an unknown strategy', { multitask_strategy: 'collect' }, 'multitask_strategy'],
    ['a time in the past', { after_seconds: -1 }, 'after_seconds'],
    ['a time too far away', { after_seconds: 1e9 }, 'after_seconds'],
    ['an unknown field', { priority: 7 }, 'priority'],
    ['other input than messages', { input: { topic: 'tea' } }, 'input.topic'],
    ['no assistant', { assistant_id: undefined }, 'assistant_id'],
    [
      'content that is not text',
      { input: { messages: [{ type: 'human', content: [{ type: 'image_url', image_url: 'x' }] }] } },
      'input.messages.0.content',
    ],
    ['a message of nobody', { input: { messages: [{ content: 'Hi' }] } }, 'input.messages.0.type'],
    ['metadata that cannot be kept', { metadata: { 'a.b': 1 } }, 'metadata'],
  ])('for %s', async (_, more, field) => {
    const threadId = await program.thread();
    for (const refused of await onEveryRoute(threadId, { ...program.question('Hi'), ...more })) {
      expect(refused).toMatchObject({ status: 422, code: 'invalid_input' });
      expect(refused.field).toMatch(new RegExp(`^${field}`));
      // A sentence that says what to do.
      expect(refused.message).toMatch(/\.$/);
    }
    expect(await contents(threadId)).toEqual([]);
  });

  test('for a key that may only read, and for none', async () => {
    const threadId = await program.thread();
    for (const [key, status] of [
      [api.keys.default.read, 403],
      [null, 401],
      [api.keys.other.write, 404],
    ] as const) {
      for (const path of PATHS) {
        const answer = await api.call('POST', `/threads/${threadId}/runs${path}`, {
          key,
          body: program.question('Hi'),
        });
        expect(answer.status).toBe(status);
      }
    }
    expect(await contents(threadId)).toEqual([]);
  });
});

describe('what is asked of a run', () => {
  test('that there is not, or that is of another thread or project, is not found', async () => {
    const ref = await program.start(await program.thread(), 'Hi');
    const elsewhere = await program.thread();
    const mine = `/threads/${ref.threadId}/runs/${ref.runId}`;
    const lost = [
      `/threads/${elsewhere}/runs/${ref.runId}`,
      `/threads/${ref.threadId}/runs/${randomUUID()}`,
      `/threads/${randomUUID()}/runs/${ref.runId}`,
    ];
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/join'],
      ['GET', '/stream'],
      ['POST', '/cancel'],
    ] as const) {
      for (const address of lost) {
        expect(await api.call(method, `${address}${path}`)).toMatchObject({ status: 404 });
      }
      const foreign = await api.call(method, `${mine}${path}`, { key: api.keys.other.admin });
      expect(foreign).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    }
    expect(await program.run(ref)).toMatchObject({ status: 'pending' });
  });

  test('by a key that may only read does not end it', async () => {
    const ref = await program.start(await program.thread(), 'Hi');
    const path = `/threads/${ref.threadId}/runs/${ref.runId}`;
    const key = api.keys.default.read;
    expect((await api.call('POST', `${path}/cancel`, { key })).status).toBe(403);
    for (const way of ['join', 'stream']) {
      const answer = await api.call('GET', `${path}/${way}?cancel_on_disconnect=1`, { key });
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    }
    expect(await program.run(ref)).toMatchObject({ status: 'pending' });
  });

  test('to end is answered at once, though its worker does not answer', async () => {
    const ref = await program.start(await program.thread(), 'Hi');
    const { run } = await driveRun(api, ref.threadId);
    const path = `/threads/${ref.threadId}/runs/${ref.runId}/cancel`;
    expect(await api.call('POST', `${path}?wait=0&action=rollback`)).toMatchObject({ status: 202, text: '' });
    expect(await api.stores.runs.find(ref)).toMatchObject({ status: 'running', cancel: 'rollback' });
    // Whoever wants to wait does so until it is settled.
    const waiting = api.call('POST', `${path}?wait=1`);
    await api.stores.runs.settle(
      { ...ref, fence: run.fence },
      { status: 'cancelled', messages: [], error: null, usage: null, routing: null, endedAt: new Date() },
    );
    expect(await waiting).toMatchObject({ status: 204 });
  });

  test('in words that are not known is refused', async () => {
    const ref = await program.start(await program.thread(), 'Hi');
    const path = `/threads/${ref.threadId}/runs`;
    for (const [method, query] of [
      ['GET', '?limit=0'],
      ['GET', '?limit=1001'],
      ['GET', '?offset=-1'],
      ['GET', '?status=done'],
      ['GET', '?select=secrets'],
      ['POST', `/${ref.runId}/cancel?action=explode`],
      ['POST', `/${ref.runId}/cancel?wait=maybe`],
      ['GET', `/${ref.runId}/stream?stream_mode=events`],
      ['GET', `/${ref.runId}/join?cancel_on_disconnect=perhaps`],
    ] as const) {
      expect(await api.call(method, `${path}${query}`)).toMatchObject({
        status: 422,
        body: { error: { code: 'invalid_input' } },
      });
    }
  });
});
