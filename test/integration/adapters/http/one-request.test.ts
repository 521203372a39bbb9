import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Answered, type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { promise } from '../../../fixtures/promise.ts';
import { testDatabase, testRedis } from '../../../fixtures/stores.ts';

/** Two processes of the API on the same stores, each with a worker. */
let processes: [ApiService, ApiService];

beforeAll(async () => {
  const shared = { mongodbUri: testDatabase(), redis: testRedis() };
  processes = [await startApiService(shared), await startApiService(shared)];
});

afterAll(() => Promise.all(processes.map((each) => each.close())));

const AT_ONCE = 10;

const question = (content: string) => ({
  assistant_id: 'support',
  input: { messages: [{ type: 'human', content }] },
});

/** Whoever sends it, to either process: a key of the project in both. */
function post(index: number, path: string, body: object, headers: Record<string, string> = {}) {
  const api = processes[index % 2 === 0 ? 0 : 1];
  return api.call('POST', path, { body, headers });
}

type Making = {
  path: (threadId: string) => string;
  body: (word: string) => object;
  /** What the answers must have in common. */
  told: (answer: Answered) => unknown;
};

const bytes = ({ text }: Answered) => text;

/** Each way to start a run; of a stream the ids and texts of frames are the same, of all else the bytes. */
const MAKINGS: readonly Making[] = [
  { path: (id) => `/threads/${id}/runs`, body: question, told: bytes },
  { path: (id) => `/threads/${id}/runs/stream`, body: question, told: bytes },
  { path: (id) => `/threads/${id}/runs/wait`, body: question, told: (answer) => answer.body },
  {
    path: () => '/runs/stream',
    body: (word) => ({ ...question(word), on_completion: 'keep', stream_mode: ['values', 'updates'] }),
    told: bytes,
  },
  { path: () => '/runs', body: (word) => ({ ...question(word), on_completion: 'keep' }), told: bytes },
];

promise(31, '', { tries: 100, timeoutMs: 120_000 }, async ({ count, once }) => {
  const [api] = processes;
  for (let index = 0; index < count; index += 1) {
    const making = MAKINGS[index % MAKINGS.length];
    if (making === undefined) throw new Error('no way to start a run');
    await once(async () => {
      const { body: thread } = await api.call('POST', '/threads');
      const path = making.path(thread.thread_id);
      const key = { 'idempotency-key': randomUUID() };

      // When ten send the same at the same time, to two processes
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, sender) => post(sender, path, making.body('hello'), key)),
      );

      // Then all are told the same, and told it by one only for the first time
      const [first] = answers;
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      if (first === undefined) throw new Error('nobody asked');
      expect(answers.map(making.told)).toEqual(answers.map(() => making.told(first)));
      const repeated = answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true');
      expect(repeated).toHaveLength(AT_ONCE - 1);

      // And there is one run, with one question and one answer
      const location = first.headers.get('content-location') ?? '';
      const [, threadId, runId] = /^\/threads\/([^/]+)\/runs\/([^/]+)$/.exec(location) ?? [];
      await api.call('GET', `/threads/${threadId}/runs/${runId}/join`);
      const { body: runs } = await api.call('GET', `/threads/${threadId}/runs`);
      expect(runs.map(({ run_id: id }: { run_id: string }) => id)).toEqual([runId]);
      const { body: state } = await api.call('GET', `/threads/${threadId}/state`);
      expect(state.values.messages.map(({ content }: { content: string }) => content)).toEqual([
        'hello',
        'You said: hello',
      ]);

      // And the key is refused for anything else
      const [changed, elsewhere] = await Promise.all([
        post(index, path, making.body('hello!'), key),
        post(index, `/threads/${threadId}/copy`, {}, key),
      ]);
      for (const refused of [changed, elsewhere]) {
        expect(refused).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
      }
      expect((await api.call('GET', `/threads/${threadId}/runs`)).body).toHaveLength(1);
    });
  }
});
